"""What lies beside a notebook on its author's own machine, for `grader check`."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from grader.notebook import is_hidden
from grader.submissions.files.beside import LIMIT_ALL_BYTES, LIMIT_FILES, Beside
from grader.submissions.files.names import is_notebook
from grader.submissions.files.source import FileSource

_LIMIT_LOOKED_AT = 2000
_LIMIT_DEPTH = 3


def files_nearby(notebook: Path, content: bytes) -> tuple[Beside, ...]:
    """Return the files in the folder of a notebook that it may need when it runs.

    These are all, if they can be handed in with it. Where there are more, as in a folder of
    downloads, they are those that it names.

    Parameters
    ----------
    notebook : Path
        The notebook's file.
    content : bytes
        What it holds.
    """
    folder = notebook.absolute().parent
    found = list(_walk(folder))
    if len(found) > LIMIT_FILES or sum(size for _, size in found) > LIMIT_ALL_BYTES:
        found = [(path, size) for path, size in found if _is_named(path, content)]
    return tuple(
        Beside(path.relative_to(folder).as_posix(), str(path), FileSource(path, folder))
        for path, _ in found
    )


def _walk(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield files and their sizes [bytes], those that lie nearest first."""
    folders, looked_at = deque([(folder, 1)]), 0
    while folders:
        here, depth = folders.popleft()
        for entry in _entries(here):
            looked_at += 1
            if looked_at > _LIMIT_LOOKED_AT:
                return
            if entry.is_dir(follow_symlinks=False):
                if depth < _LIMIT_DEPTH:
                    folders.append((Path(entry.path), depth + 1))
            elif entry.is_file() and not is_notebook(entry.name):
                yield Path(entry.path), entry.stat().st_size


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        found = [entry for entry in os.scandir(folder) if not is_hidden(entry.name)]
    except OSError:  # it may not be listed, or has gone
        return []
    return sorted(found, key=lambda entry: entry.name)


def _is_named(path: Path, content: bytes) -> bool:
    name = path.stem if path.suffix == ".py" else path.name
    return name.encode("utf-8", "surrogateescape") in content
