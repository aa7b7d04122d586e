"""Limits this process's own memory, and lifts the limit to start other processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ADDRESS_SPACE, _DATA = 0, 5  # places in /proc/self/statm


def bound_address_space(limit_bytes: int) -> None:
    """Limit the address space that this process may add, for good.

    Does nothing if the system does not report what the process has.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows

        most = _held_bytes(_ADDRESS_SPACE) + limit_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def bound_own_memory(limit_bytes: int) -> None:
    """Limit the memory that this process may add; beyond that it gets a MemoryError.

    Only the soft limit is set, so that `without_bound` can lift it for processes that would inherit
    it: a sandbox has limits of its own. Does nothing if the system does not report what the process
    has.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = _held_bytes(_DATA) + limit_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard < 0 else min(most, hard), hard))


def _held_bytes(place: int) -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[place])
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def without_bound() -> Iterator[None]:
    """Lift the limit in the block; processes that start there do not have it."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
