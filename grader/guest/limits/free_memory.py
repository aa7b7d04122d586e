"""Making room after a cell that ran out of memory, so that it costs what it defines and no more."""

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

ROOM_SHARE = 4  # a quarter of the limit is enough for the questions of any exercise
MEMBERS_LOOKED_AT = 10_000
SPARE_BYTES = 32 << 20  # beyond the limit, to tell that it struck


def use_spare() -> Callable[[], None]:
    """Lift the limit of memory for what is to be done about it; return what lowers it again."""
    if sys.platform != "linux":
        return lambda: None
    usual = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (usual[1], usual[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_AS, usual)


def drop_variables(error: BaseException) -> None:
    """Drop the variables of the frames that an exception went through.

    Python and IPython keep the last exception, and the cells after it need the room.
    """
    traceback.clear_frames(error.__traceback__)
    for frame, _ in traceback.walk_tb(error.__traceback__):
        # Before Python 3.13, a frame that is cleared keeps what the body of a class bound.
        if not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            names = frame.f_locals
            if names is not frame.f_globals and type(names) is dict and "__qualname__" in names:
                names.clear()


def free_memory(
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
        if has_room(limit_bytes // ROOM_SHARE):
            break
        del names[name]
        dropped.append(name)
    return tuple(dropped)


def is_large(limit_bytes: int) -> bool:
    """Return whether this process has held so much that there may be no room left."""
    if sys.platform != "linux":
        return False
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > limit_bytes // ROOM_SHARE


def has_room(size: int) -> bool:
    """Return whether so much memory can be had [bytes]."""
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
    members = value.values() if type(value) is dict else value
    if type(value) in (dict, list, tuple, set):
        size += sum(map(sys.getsizeof, islice(members, MEMBERS_LOOKED_AT)))
    return size
