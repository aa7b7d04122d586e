"""CPU of all that a benchmark starts: by the kernel's account of them, where one can be opened.

A process hands its time on to the one that waits for its end. What a sandbox still runs when it is
ended is waited for by nobody, such as the last fork that our grader asked: its time would be lost.
"""

from __future__ import annotations

import ctypes
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import tree_cpu_s

_PR_SET_CHILD_SUBREAPER = 36
_ACCOUNTS = Path("/sys/fs/cgroup/cpuacct")
_PREFIX = "grader-benchmark-"


@contextmanager
def account() -> Iterator[None]:
    """Have the CPU of all that is started from now on counted.

    That takes a cgroup of version 1, and root to make it. Elsewhere the time of processes is
    counted that somebody waits for; those that lose their parent are adopted for that.
    """
    adopt_orphans()
    above = _own_cgroup()
    own = None if above is None else _made_in(above)
    try:
        yield
    finally:
        if own is not None and above is not None:
            _enter(above)
            own.rmdir()


def _made_in(above: Path) -> Path | None:
    """Return a cgroup that this process is in from now on; None where none can be made."""
    own = above / f"{_PREFIX}{os.getpid()}"
    try:
        own.mkdir()
    except OSError:
        return None
    try:
        _enter(own)
    except OSError:
        own.rmdir()
        return None
    return own


def adopt_orphans() -> None:
    """Make processes that lose their parent ours, so that their time is counted (Linux only)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) was refused")


def has_account() -> bool:
    """Return whether all CPU is counted, whoever waits for it."""
    return _account() is not None


def cpu_used_s(*running: int) -> float:
    """Return user and system time [s] that was used so far, but for this process's own.

    Parameters
    ----------
    running : int
        Processes that have not ended; without an account, only these and their descendants are
        counted beside those that have.
    """
    own = _account()
    if own is not None:
        return int((own / "cpuacct.usage").read_text()) / 1e9 - time.process_time()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime + sum(map(tree_cpu_s, running))


def _account() -> Path | None:
    """Return the cgroup that was made for this benchmark; None where there is none."""
    own = _own_cgroup()
    return own if own is not None and own.name.startswith(_PREFIX) else None


def _own_cgroup() -> Path | None:
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "cpuacct" in controllers.split(","):
            return _ACCOUNTS / path.lstrip("/")
    return None


def _enter(cgroup: Path) -> None:
    (cgroup / "cgroup.procs").write_text(f"{os.getpid()}\n")
