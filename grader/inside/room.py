"""Making room after a cell that ran out of memory, so that it costs what it defines and no more."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

__all__ = ["make_room"]

ROOM_SHARE = 4  # a quarter of the limit is enough for the questions of any exercise
MEMBERS_LOOKED_AT = 10_000


def make_room(
    names: MutableMapping[str, Any], before: Mapping[str, Any], limit_bytes: int
) -> tuple[str, ...]:
    """Drop what a cell bound, the largest first, until there is room; return the names dropped.

    Jupyter would keep it all, but there the next cell has the rest of the machine. Small values
    stay, and so does everything that cells before this one bound.

    Parameters
    ----------
    names : MutableMapping of str to object
        The notebook's names, as the cell left them.
    before : Mapping of str to object
        The same before the cell ran.
    limit_bytes : int
        Address space of the process.
    """
    dropped = []
    for name in _largest_first(names, before):
        if _has_room(limit_bytes // ROOM_SHARE):
            break
        del names[name]
        dropped.append(name)
    return tuple(dropped)


def _has_room(size: int) -> bool:
    try:
        mmap.mmap(-1, size).close()
    except (OSError, ValueError):
        return False
    return True


def _largest_first(names: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    bound = [name for name, value in names.items() if value is not before.get(name)]
    yield from sorted(bound, key=lambda name: (-_size(names[name]), name))


def _size(value: Any) -> int:
    """Return about how many bytes a value keeps, itself and its members; exact types only."""
    size = sys.getsizeof(value)
    if type(value) is dict:
        value = list(value.values())
    if type(value) in (list, tuple, set):
        members = list(value)[:MEMBERS_LOOKED_AT]
        size += sum(sys.getsizeof(member) for member in members)
    return size
