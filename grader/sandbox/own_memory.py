"""A limit on this process's own memory, and starting other processes without it.

It is the soft limit alone, so that it can be put aside while a process is started, which would
inherit it: a sandbox has limits of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["bound_own_memory", "without_bound"]


def bound_own_memory(limit_bytes: int) -> None:
    """Let this process take so much memory beyond what it has; then it gets a MemoryError.

    Nothing happens where the system does not say what the process has.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = pages * resource.getpagesize() + limit_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard < 0 else min(most, hard), hard))


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
