"""Limits on this process's own memory, beyond what it has, and starting others without them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ADDRESS_SPACE, _DATA = 0, 5  # places in /proc/self/statm


def bound_address_space(limit_bytes: int) -> None:
    """Let this process take so much address space beyond what it has, and never more again.

    Nothing happens where the system does not say what the process has.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows

        most = _held_bytes(_ADDRESS_SPACE) + limit_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def bound_own_memory(limit_bytes: int) -> None:
    """Let this process take so much memory beyond what it has; then it gets a MemoryError.

    It is the soft limit alone, so that it can be put aside while a process is started, which would
    inherit it: a sandbox has limits of its own. Nothing happens where the system does not say what
    the process has.
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
    """Put the limit aside; processes that start meanwhile do not have it."""
    try:
        import resource
    except ImportError:  # on Windows, where there is no such limit
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
