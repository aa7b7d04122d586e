"""Removes a folder tree of any depth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path


def remove_tree(folder: str | Path) -> None:
    """Remove a folder that no process uses any more; skip what cannot be removed.

    Subfolders are moved up before they are emptied: a student may nest 100,000 of them, deeper than
    recursion or the longest path can follow.
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
    """Unlink the files of a folder, move its subfolders out, and return their new paths."""
    folder.chmod(0o700)
    moved = []
    for entry in list(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            entry.chmod(0o700)  # moving a folder writes its `..`
            moved.append(entry.rename(next(places)))
        else:
            entry.unlink()
    return moved
