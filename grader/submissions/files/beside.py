"""Files that were handed in beside a notebook: which of them can lie beside it when it runs.

Their names and what they hold are a student's own. So a name is refused unless it is a plain path
below the notebook's folder, and nothing is read beyond the limits, whatever a zip says of sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.errors import NotebookError
from grader.notebook import folders_above
from grader.submissions.files.source import Source
from grader.text import encodable

LIMIT_FILES = 100
LIMIT_FILE_BYTES = 8 << 20
LIMIT_ALL_BYTES = 16 << 20
_LIMIT_NAMED = 200
_LIMIT_DEPTH = 10
_LIMIT_PART_BYTES = 255

_TOO_LARGE = f"it is larger than {LIMIT_FILE_BYTES >> 20} MiB, the most that one file may take"
_TOO_LARGE_TOGETHER = (
    f"with the files before it, it takes more than {LIMIT_ALL_BYTES >> 20} MiB, the most that all "
    "may take"
)
_TOO_MANY = f"it is not among the first {LIMIT_FILES} files, which are the most that are kept"
_TWICE = "another file is called the same"
_FOLDER_TOO = "it is called as a folder beside it"


@dataclass(frozen=True, slots=True)
class Beside:
    """A file beside a notebook.

    Attributes
    ----------
    name : str
        Its path below the notebook's folder; untrusted.
    shown : str
        Its whole path, from what was given on, for people to read; untrusted too.
    source : Source
        Where its bytes come from.
    """

    name: str
    shown: str
    source: Source


def read_beside(files: Sequence[Beside]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Read files that lie beside a notebook.

    Parameters
    ----------
    files : sequence of Beside
        In the order in which they are taken, until a limit is reached.

    Returns
    -------
    kept : dict of str to bytes
        What each file holds that can lie there too when the notebook runs, by its path.
    left_out : dict of str to str
        Why the others cannot.
    """
    kept: dict[str, bytes] = {}
    left_out: dict[str, str] = {}
    names, folders = set[str](), set[str]()
    left, unread = LIMIT_ALL_BYTES, 2 * LIMIT_ALL_BYTES
    for file in files:
        name = encodable(file.name)
        why = _name_fault(file.name) or _clash(name, names, folders)
        if not why and len(kept) == LIMIT_FILES:
            why = _TOO_MANY
        if not why and unread <= 0:  # so that a zip of many bombs takes no longer than one
            why = _TOO_LARGE_TOGETHER
        content = b""
        if not why:
            content, why = _content(file.source, left)
            unread -= len(content)
        if why:
            if len(left_out) < _LIMIT_NAMED:
                left_out.setdefault(name[:_LIMIT_PART_BYTES], why)
            continue
        kept[name] = content
        left -= len(content)
        names.add(name.casefold())
        folders.update(folders_above(name.casefold()))
    return kept, left_out


def _content(source: Source, left: int) -> tuple[bytes, str]:
    """Return what was read of a file, and why it is not taken; empty where it is."""
    most = min(LIMIT_FILE_BYTES, left)
    try:
        content = source.content(most)
    except NotebookError as error:
        # What follows is what to do about a notebook.
        return b"", f"it {str(error).partition('. ')[0].partition(';')[0].rstrip('.')}"
    if len(content) <= most:
        return content, ""
    return content, _TOO_LARGE if most == LIMIT_FILE_BYTES else _TOO_LARGE_TOGETHER


def _name_fault(name: str) -> str:
    parts = name.split("/")
    if not name.isprintable():
        return "its name holds characters that cannot be shown"
    if "\\" in name or any(part in {"", ".", ".."} for part in parts):
        return "its name leads elsewhere"
    if len(parts) > _LIMIT_DEPTH:
        return f"it lies more than {_LIMIT_DEPTH} folders deep"
    if any(len(part.encode()) > _LIMIT_PART_BYTES for part in parts):
        return "its name is too long"
    if name.casefold() == "tmp":
        return "`tmp` is the folder for temporary files"
    return ""


def _clash(name: str, names: set[str], folders: set[str]) -> str:
    """Return why a name cannot be beside others; upper and lower case do not tell two apart."""
    key = name.casefold()
    if key in names:
        return _TWICE
    return _FOLDER_TOO if key in folders or not names.isdisjoint(folders_above(key)) else ""
