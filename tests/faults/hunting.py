"""Finds the processes of a running class, and kills them as the system or an operator would."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.classes import Class, children
from tests.notebooks import notebook_bytes


class SlowClass(Class):
    """A class whose sessions last long enough to be met in their cells and their questions."""

    @staticmethod
    def notebook(number: int) -> bytes:
        answer = ("return p * p", "return 2 * p", "return p")[number % 3]
        return notebook_bytes(
            [
                f"import time\nnumber = {number}\ntime.sleep(0.01)",
                "time.sleep(0.01)\n1 / (number % 2)",
                f"def two_heads(p):\n    time.sleep(0.002)\n    {answer}",
            ]
        )


@dataclass(frozen=True)
class Prey:
    """A process, and the one that started it."""

    pid: int
    parent: int

    def kill(self) -> bool:
        """Kill it and wait for its end; return whether it was still there."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        try:
            if self.pid not in children(self.parent):
                return False  # its number may belong to another by now
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            assert select.select([handle], [], [], 10)[0]
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)
        return True


@dataclass
class Hunt:
    """The sandboxes of one run; at ``strong`` each has bubblewrap around it."""

    process: subprocess.Popen[str]
    tier: str
    seen: set[int] = field(default_factory=set)

    def sandboxes(self) -> Iterator[Prey]:
        """Yield the sandboxes, which the workers started, and the first of them the run itself."""
        own = _command(self.process.pid)
        for child in _started_by(self.process.pid):
            if _command(child.pid) == own:  # a worker, which is a fork
                yield from _started_by(child.pid)
            else:
                yield child

    def zygotes(self) -> Iterator[Prey]:
        """Yield the processes that sessions are forked from."""
        for outer in self.sandboxes():
            yield from _started_by(outer.pid) if self.tier == "strong" else [outer]

    def sessions(self) -> Iterator[Prey]:
        """Yield the sessions, which lead groups of their own, as nothing else of a zygote does."""
        for zygote in self.zygotes():
            for child in _started_by(zygote.pid):
                with suppress(ProcessLookupError):
                    if os.getsid(child.pid) == child.pid:
                        yield child

    def forks(self) -> Iterator[Prey]:
        """Yield what exercises are asked in."""
        for session in self.sessions():
            yield from _started_by(session.pid)

    def next(self, kind: Callable[[], Iterator[Prey]], count: int = 1) -> Prey | None:
        """Wait for the `count`-th process of a kind that was not there before; None at the end."""
        while self.process.poll() is None:
            for found in kind():
                if found.pid not in self.seen:
                    self.seen.add(found.pid)
                    count -= 1
                    if count == 0:
                        return found
            time.sleep(0.001)
        return None


def _started_by(pid: int) -> Iterator[Prey]:
    for child in children(pid):
        yield Prey(child, pid)


def _command(pid: int) -> bytes:
    """Return the command line of a process; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
