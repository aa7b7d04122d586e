"""Time that a process spent itself: on a processor, or asleep of its own will.

What it waited for a processor while others ran is not its own. Linux counts that for each thread,
in ``/proc/PID/task/TID/schedstat``; where no system does, all time is a process's own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType, TracebackType

from grader.inside.alarm import HAS_TIMER, TimeLimit
from grader.inside.own_time import Task, is_ready, read_task, threads_of, waits_are_known

__all__ = ["TIMES_AT_MOST", "OwnAlarm", "left_s", "waited_s"]

_TICK_S = 1e-3
_LEAST_S = 1e-3  # a timer of 0 would be no timer
TIMES_AT_MOST = 10
"""By the wall clock, where nobody tells how long a process has waited."""


def waited_s(pid: int) -> float:
    """Return how long the threads of a process have waited for a processor [s]; 0 if unknown."""
    return _times_s(pid).waited_s


def left_s(pid: int, passed_s: float, limit_s: float) -> float:
    """Return how much of its own time a process has left [s]; 0 or less where that is over.

    Parameters
    ----------
    pid : int
        A process that this one started.
    passed_s : float
        How long ago that was, by the wall clock [s].
    limit_s : float
        How much time of its own it may take [s].
    """
    if not waits_are_known():
        return TIMES_AT_MOST * limit_s - passed_s
    had = _times_s(pid)
    own_s = passed_s - had.waited_s
    if own_s >= limit_s > had.ran_s and any(is_ready(folder) for _, folder in threads_of(pid)):
        return _LEAST_S  # it may be waiting right now, which is told only when that is over
    return limit_s - own_s


def _times_s(pid: int) -> Task:
    """Return what the threads of a process have had together."""
    tasks = [task for _, folder in threads_of(pid) if (task := read_task(folder)) is not None]
    return Task(sum(task.ran_s for task in tasks), sum(task.waited_s for task in tasks))


class OwnAlarm:
    """Raise `TimeLimit` in the block when this process has spent so much time of its own there.

    It rings by the wall clock and then looks: while the process has only waited for a processor, it
    is set anew. In the ordinary case nothing is read but two clocks. Where the system does not tell
    who waits, only time on a processor counts, and ten times the limit by the wall clock. Alarms
    may be nested; they work in the main thread alone, and elsewhere do nothing.

    Parameters
    ----------
    limit_s : float
        Time [s].

    Attributes
    ----------
    struck : bool
        Whether the time ran out, even where the block swallowed the exception.
    """

    def __init__(self, limit_s: float) -> None:
        self.struck = False
        self._limit_s = max(limit_s, _LEAST_S)
        self._spent_s = self._passed_s = 0.0
        self._works = HAS_TIMER and threading.current_thread() is threading.main_thread()
        self._runs = False

    def __enter__(self) -> OwnAlarm:
        """Start to count."""
        if self._works:
            # The timer first: an alarm around this one that rings just now is heard by its own
            # handler, before it is replaced, and may set the timer anew.
            left_s, _ = signal.setitimer(signal.ITIMER_REAL, 0)
            self._before = signal.getsignal(signal.SIGALRM)
            signal.signal(signal.SIGALRM, self._ring)
            self._left_s = self._go() or left_s
            self._entered = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Stop counting; a `TimeLimit` of its own ends here."""
        if self._works:
            self._rest()
            signal.signal(signal.SIGALRM, self._before)
            around = isinstance(getattr(self._before, "__self__", None), OwnAlarm)
            if self._left_s or around:  # one that has just rung looks again, and sets its timer
                left_s = self._left_s - (time.perf_counter() - self._entered)
                if left_s > 0:
                    # A timer counts in whole microseconds, and one of 0 would be no timer.
                    signal.setitimer(signal.ITIMER_REAL, max(left_s, 1e-5))
                else:  # at once: before a next alarm within it takes its place again
                    signal.raise_signal(signal.SIGALRM)
        return self.struck and isinstance(error, TimeLimit)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Count nothing of the block, such as a question that has a limit of its own."""
        if not self._works or self.struck:
            yield
            return
        self._rest()
        self._count()
        try:
            yield
        finally:
            self._go()

    def _go(self) -> float:
        """Count from now on; return what was left of the timer of an alarm around this one [s]."""
        self._wall_s, self._cpu_s = time.perf_counter(), time.process_time()
        self._waited_s: float | None = None
        self._runs = True
        left_s, _ = signal.setitimer(
            signal.ITIMER_REAL, max(self._limit_s - self._spent_s, _TICK_S)
        )
        return left_s

    def _rest(self) -> None:
        self._runs = False  # first of all: the signal may come before the timer is off
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _count(self) -> None:
        """Add what was spent since it last went; where it was not looked at, what is certain."""
        wall_s = time.perf_counter() - self._wall_s
        own_s = min(time.process_time() - self._cpu_s, wall_s)
        if self._waited_s is not None:
            own_s = max(own_s, wall_s - (waited_s(os.getpid()) - self._waited_s))
        self._spent_s += own_s
        self._passed_s += wall_s

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        if not self._runs:
            return
        self._count()
        tells = waits_are_known()
        if self._spent_s >= self._limit_s - _TICK_S or (
            not tells and self._passed_s >= TIMES_AT_MOST * self._limit_s
        ):
            self._runs = False
            self.struck = True
            raise TimeLimit(f"the time limit of {self._limit_s:g} s is over")
        self._go()
        self._waited_s = waited_s(os.getpid()) if tells else None
