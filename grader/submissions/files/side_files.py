"""Side files, handed in with a notebook: which of them are provided when the notebook runs.

Their names and contents come from a student. So a name is refused unless it is a plain path below
the notebook's folder, and nothing is read beyond the limits, whatever sizes a zip states.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import NotebookError
from grader.notebook import folders_above, is_hidden
from grader.submissions.files.byte_sources import FileSource, Source
from grader.submissions.files.file_names import is_notebook
from grader.text import encodable

LIMIT_FILES = 100
LIMIT_FILE_BYTES = 8 << 20
LIMIT_ALL_BYTES = 16 << 20
_LIMIT_NAMED = 200
_LIMIT_DEPTH = 10
_LIMIT_PART_BYTES = 255
_LIMIT_LOOKED_AT = 2000
_LIMIT_DEPTH_NEARBY = 3

_TOO_LARGE = f"it is larger than {LIMIT_FILE_BYTES >> 20} MiB, the limit for one file"
_TOO_LARGE_TOGETHER = (
    f"together with the files before it, it is larger than {LIMIT_ALL_BYTES >> 20} MiB, the limit "
    "for all files"
)
_TOO_MANY = f"it is not among the first {LIMIT_FILES} files, and no more are kept"
_TWICE = "another file has the same name"
_FOLDER_TOO = "it has the same name as a folder"


@dataclass(frozen=True, slots=True)
class SideFile:
    """A file handed in with a notebook.

    Attributes
    ----------
    name : str
        Its path below the notebook's folder; untrusted.
    shown : str
        Its whole path for display, from the given path on; untrusted too.
    source : Source
        Where its bytes come from.
    """

    name: str
    shown: str
    source: Source


def read_side_files(files: Sequence[SideFile]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Read the files handed in with a notebook, in this order until a limit is reached.

    Return the content of each file that is provided when the notebook runs, by its path; and why
    each other file is not provided.
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
        if not why and unread <= 0:  # so that many bombs take no longer than one
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
    """Return the content of a file, and why it is left out; empty if it is not."""
    most = min(LIMIT_FILE_BYTES, left)
    try:
        content = source.content(most)
    except NotebookError as error:
        # The rest of the message is advice about a notebook.
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
        return f"it is more than {_LIMIT_DEPTH} folders deep"
    if any(len(part.encode()) > _LIMIT_PART_BYTES for part in parts):
        return "its name is too long"
    if name.casefold() == "tmp":
        return "`tmp` is the folder for temporary files"
    return ""


def _clash(name: str, names: set[str], folders: set[str]) -> str:
    """Return why a name conflicts with the others; case is ignored."""
    key = name.casefold()
    if key in names:
        return _TWICE
    return _FOLDER_TOO if key in folders or not names.isdisjoint(folders_above(key)) else ""


def files_nearby(notebook: Path, content: bytes) -> tuple[SideFile, ...]:
    """Return the files in the folder of a notebook that it may need when it runs.

    These are all files, if they can be handed in with it. If there are more, as in a folder of
    downloads, they are the files that the notebook, of this `content`, names.
    """
    folder = notebook.absolute().parent
    found = list(_walk(folder))
    if len(found) > LIMIT_FILES or sum(size for _, size in found) > LIMIT_ALL_BYTES:
        found = [(path, size) for path, size in found if _is_named(path, content)]
    return tuple(
        SideFile(path.relative_to(folder).as_posix(), str(path), FileSource(path, folder))
        for path, _ in found
    )


def _walk(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield files and their sizes [bytes], the nearest first."""
    folders, looked_at = deque([(folder, 1)]), 0
    while folders:
        here, depth = folders.popleft()
        for entry in _entries(here):
            looked_at += 1
            if looked_at > _LIMIT_LOOKED_AT:
                return
            if entry.is_dir(follow_symlinks=False):
                if depth < _LIMIT_DEPTH_NEARBY:
                    folders.append((Path(entry.path), depth + 1))
            elif entry.is_file() and not is_notebook(entry.name):
                yield Path(entry.path), entry.stat().st_size


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        found = [entry for entry in os.scandir(folder) if not is_hidden(entry.name)]
    except OSError:  # no permission, or removed
        return []
    return sorted(found, key=lambda entry: entry.name)


def _is_named(path: Path, content: bytes) -> bool:
    name = path.stem if path.suffix == ".py" else path.name
    return name.encode("utf-8", "surrogateescape") in content
