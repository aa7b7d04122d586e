"""Removes the folder of a session that is over, however it was left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path


def remove_tree(folder: str | Path) -> None:
    """Remove a folder in which no process works any more; what cannot be removed stays.

    Folders inside are moved beside it before they are emptied: a student may nest 100,000 of them,
    more than recursion or the longest path can follow.
    """
    top = Path(folder)
    places = (top.with_name(f"{top.name}.{number}") for number in count())
    pending = [top]
    while pending:
        emptied = pending.pop()
        with suppress(OSError):
            pending += empty(emptied, places)
            emptied.rmdir()


def empty(folder: Path, places: Iterator[Path]) -> list[Path]:
    """Unlink the files of a folder; return where its folders were moved to."""
    folder.chmod(0o700)
    moved = []
    for entry in list(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            entry.chmod(0o700)  # to move a folder is to write its `..`
            moved.append(entry.rename(next(places)))
        else:
            entry.unlink()
    return moved
