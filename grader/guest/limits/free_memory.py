"""Frees memory after a cell that ran out of it, so that only this cell's names are lost."""

from __future__ import annotations

import inspect
import mmap
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from itertools import islice
from typing import Any

with suppress(ImportError):  # on Windows
    import resource

ROOM_SHARE = 4  # a quarter of the limit suffices for the questions of any exercise
MEMBERS_LOOKED_AT = 10_000
SPARE_BYTES = 32 << 20  # beyond the limit, to report that it was reached


def use_spare() -> Callable[[], None]:
    """Raise the memory limit for the clean-up; return a function that lowers it again."""
    if sys.platform != "linux":
        return lambda: None
    usual = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (usual[1], usual[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_AS, usual)


def drop_variables(error: BaseException) -> None:
    """Drop the variables of the frames of an exception.

    Python and IPython keep the last exception alive, and later cells need the memory.
    """
    traceback.clear_frames(error.__traceback__)
    for frame, _ in traceback.walk_tb(error.__traceback__):
        # Before Python 3.13, a cleared frame keeps the names bound in a class body.
        if not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            names = frame.f_locals
            if names is not frame.f_globals and type(names) is dict and "__qualname__" in names:
                names.clear()


def free_memory(
    names: MutableMapping[str, Any], before: Mapping[str, Any], limit_bytes: int
) -> tuple[str, ...]:
    """Drop values that a cell bound, the largest first, until there is room; return their names.

    Jupyter would keep them, but there the next cell has all memory of the machine. Small values and
    those of earlier cells stay.

    Parameters
    ----------
    names : MutableMapping of str to object
        The notebook's names after the cell.
    before : Mapping of str to object
        The notebook's names before the cell.
    limit_bytes : int
        Limit of the process's address space.
    """
    dropped = []
    for name in _largest_first(names, before):
        if has_room(limit_bytes // ROOM_SHARE):
            break
        del names[name]
        dropped.append(name)
    return tuple(dropped)


def is_large(limit_bytes: int) -> bool:
    """Return whether this process may be close to its memory limit."""
    if sys.platform != "linux":
        return False
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > limit_bytes // ROOM_SHARE


def has_room(size: int) -> bool:
    """Return whether this much memory can be allocated [bytes]."""
    try:
        mmap.mmap(-1, size).close()
    except (OSError, ValueError):
        return False
    return True


def _largest_first(names: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    bound = [name for name, value in names.items() if value is not before.get(name)]
    yield from sorted(bound, key=lambda name: (-_size(names[name]), name))


def _size(value: Any) -> int:
    """Return roughly how many bytes a value and its members take; exact types only."""
    size = sys.getsizeof(value)
    members = value.values() if type(value) is dict else value
    if type(value) in (dict, list, tuple, set):
        size += sum(map(sys.getsizeof, islice(members, MEMBERS_LOOKED_AT)))
    return size
