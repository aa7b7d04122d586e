"""Clocks for tests that hold something to a time, however busy the machine is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from grader.guest.limits.own_time import OwnTime, children, itself

_SPIN = "while True: pass"


def own_clock() -> OwnTime:
    """Return a clock of this test's own time, and that of the processes which it starts."""
    return OwnTime(itself)


def spin(seconds: float) -> None:
    """Use processor time."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


@contextmanager
def spinning(count: int, before: str = "") -> Iterator[list[int]]:
    """Have processes beside the block that never pause, each in a session of its own."""
    command = [sys.executable, "-S", "-c", f"{before}\n{_SPIN}"]
    processes = [subprocess.Popen(command, start_new_session=True) for _ in range(count)]
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def crowded(count: int = 3) -> Iterator[None]:
    """Run the block on one processor, with others there that never pause."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        with spinning(count):
            yield
    finally:
        os.sched_setaffinity(0, cores)


def descendants(process: int) -> Iterator[int]:
    """Yield the ids of a process and of all that it started, as this system numbers them."""
    pending = [process]
    while pending:
        parent = pending.pop()
        yield parent
        pending += children(parent)
