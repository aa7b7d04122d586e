"""Messages to students about files that were handed in instead of a notebook."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence

from grader.errors import NotebookError
from grader.submissions.files.file_names import stem
from grader.submissions.files.listing import Item
from grader.text import safe_text

_HAND_IN = "Hand in the .ipynb file."
_SHOWN = 3
_PEEK_BYTES = 64 * 1024
_SHOWN_NAME = 60

_ARCHIVE = "an archive other than a zip"
_KINDS = {
    "py": "a Python program",
    "pdf": "a PDF",
    "html": "a web page",
    "htm": "a web page",
    "doc": "a text document",
    "docx": "a text document",
    "odt": "a text document",
    "rtf": "a text document",
    **dict.fromkeys(("rar", "7z", "tar", "gz", "tgz", "bz2", "xz"), _ARCHIVE),
}
_RENAMED = "a notebook under another name"
_TEXTS = frozenset({"json", "txt"})
_NOTEBOOK = re.compile(rb'"(?:cells|worksheets)"\s*:\s*\[')
_OF_PROGRAMS = {
    ".ipynb_checkpoints": "copies that Jupyter keeps for itself",
    "__MACOSX": "an addition of macOS",
    ".DS_Store": "an addition of macOS",
    "Thumbs.db": "an addition of Windows",
    "desktop.ini": "an addition of Windows",
    "__pycache__": "compiled Python",
}
# Among the notebooks of a class, files with these names belong to the course.
_OF_COURSES = re.compile(
    r"readme|licen[cs]e|index|requirements|setup|conftest|(?:test_?|utils?|helpers?|common|config"
    r"|solutions?|instructions?|assignment|syllabus|grades?|roster|results?|feedback)(?:[\W_\d].*)?",
    re.IGNORECASE,
)


def no_notebook(items: Sequence[Item]) -> str:
    """Return the message about a folder or a zip that holds these items and no notebook."""
    return f"holds no notebook: {what_lies_there(items)}. {_remedy(_made(items))}"


def what_lies_there(items: Sequence[Item]) -> str:
    """Return a description of the items in a folder or a zip without a notebook."""
    made = _made(items)
    if not made:
        return "it is empty"
    shown = ", ".join(_described(item) for item in made[:_SHOWN])
    return f"it holds {shown}{' and more' if len(made) > _SHOWN else ''}"


def _made(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items that a student made, or those of programs if there are no others."""
    things = [item for item in items if item.kind != "folder"]
    return [item for item in things if item.kind != "hidden"] or things


def not_a_notebook(item: Item) -> str:
    """Return the message about a file that was handed in instead of a notebook."""
    kind = _kind(item)
    what = f"{kind}, not a notebook" if kind and kind != _RENAMED else kind or "not a notebook"
    return f"is {what}. {_remedy([item])}"


def may_be_hand_in(item: Item) -> bool:
    """Return whether a file among the notebooks of other students may be a submission."""
    name = item.parts[-1]
    return bool(_kind(item)) and not _OF_COURSES.fullmatch(name.partition(".")[0])


def _described(item: Item) -> str:
    name, kind = safe_text(item.parts[-1], _SHOWN_NAME), _kind(item)
    return f"`{name}` ({kind})" if kind else f"`{name}`"


def _kind(item: Item) -> str:
    name = item.parts[-1]
    suffix = name.rpartition(".")[2].casefold()
    if item.kind == "hidden":
        return _OF_PROGRAMS.get(name, "")
    if suffix in _TEXTS:
        return _RENAMED if _holds_cells(item) else ""
    return _KINDS.get(suffix, "")


def _holds_cells(item: Item) -> bool:
    """Return whether the beginning of a text file looks like that of a notebook."""
    with contextlib.suppress(NotebookError):
        if item.file is not None:
            return _NOTEBOOK.search(item.file.content(_PEEK_BYTES)) is not None
    return False


def _remedy(items: Sequence[Item]) -> str:
    for item in items:
        if _kind(item) == _RENAMED:
            name = f"{stem(item.parts[-1].rpartition('.')[0])}.ipynb"
            return f"Rename it to `{safe_text(name, _SHOWN_NAME)}` and hand it in again."
    if any(_kind(item) == _ARCHIVE for item in items):
        return "Hand in the .ipynb file itself, or a zip."
    return _HAND_IN
