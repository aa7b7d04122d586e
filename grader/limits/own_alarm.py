"""Time that a process spent itself: on a processor, or asleep of its own will.

What it waited for a processor while others ran is not its own. Linux counts that for each thread,
in ``/proc/PID/task/TID/schedstat``; where no system does, all time is a process's own.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType, TracebackType

from grader.guest.limits.alarm import HAS_TIMER, TimeLimit
from grader.guest.limits.own_time import (
    ThreadTimes,
    is_ready,
    read_thread,
    threads_of,
    waits_are_known,
)

_TICK_S = 1e-5  # a timer counts in whole microseconds
_LEAST_S = 1e-3
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
        return _LEAST_S  # it may be waiting right now, which the system counts only afterwards
    return limit_s - own_s


def _times_s(pid: int) -> ThreadTimes:
    """Return what the threads of a process have had together."""
    tasks = [task for _, folder in threads_of(pid) if (task := read_thread(folder)) is not None]
    return ThreadTimes(sum(task.ran_s for task in tasks), sum(task.waited_s for task in tasks))


class OwnAlarm:
    """Raise `TimeLimit` in the block when this process has spent so much time of its own there.

    It rings by the wall clock and then looks: while the process has only waited for a processor, it
    is set anew. In the ordinary case nothing is read but two clocks. Where the system does not tell
    who waits, only time on a processor counts, and ten times the limit by the wall clock. Alarms
    may be nested; within another, one costs hardly more than its two clocks. They work in the main
    thread alone, and elsewhere do nothing.

    Parameters
    ----------
    limit_s : float
        Time [s]; inf only holds the timer for alarms within.
    asleep : bool
        Whether sleep counts, such as the wait for an answer.

    Attributes
    ----------
    struck : bool
        Whether the time ran out, even where the block swallowed the exception.
    """

    def __init__(self, limit_s: float, *, asleep: bool = True) -> None:
        self.struck = False
        self.runs = False
        self._asleep = asleep
        self._limit_s = max(limit_s, _LEAST_S)
        self._spent_s = self._passed_s = 0.0
        self._works = HAS_TIMER and threading.current_thread() is threading.main_thread()

    def __enter__(self) -> OwnAlarm:
        """Start to count."""
        if self._works:
            _TIMER.add(self)
            self._go()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Stop counting; a `TimeLimit` of its own ends here."""
        self.runs = False  # first of all: the signal may come before it is removed
        if self._works:
            _TIMER.remove(self)
        return self.struck and isinstance(error, TimeLimit)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Count nothing of the block, such as a question that has a limit of its own."""
        if not self.runs:
            yield
            return
        self.runs = False
        self._count()
        try:
            yield
        finally:
            self._go()

    @property
    def rest_s(self) -> float:
        """How long it cannot be over yet [s]."""
        return self._limit_s - self._spent_s

    def _go(self) -> None:
        """Count from now on."""
        self._wall_s, self._cpu_s = time.perf_counter(), time.process_time()
        self._waited_s: float | None = None
        self.runs = True
        _TIMER.set_for(self._wall_s + self.rest_s)

    def _count(self) -> None:
        """Add what was spent since it last went; where it was not looked at, what is certain."""
        wall_s = time.perf_counter() - self._wall_s
        own_s = min(time.process_time() - self._cpu_s, wall_s)
        if self._waited_s is not None:
            own_s = max(own_s, wall_s - (waited_s(os.getpid()) - self._waited_s))
        self._spent_s += own_s
        self._passed_s += wall_s

    def look(self) -> None:
        """Raise `TimeLimit` where the time is over; else count on, and look more closely."""
        self._count()
        tells = waits_are_known() or not self._asleep
        if self._spent_s >= self._limit_s - _TICK_S or (
            not tells and self._passed_s >= TIMES_AT_MOST * self._limit_s
        ):
            self.runs = False
            self.struck = True
            raise TimeLimit(f"the time limit of {self._limit_s:g} s is over")
        self._go()
        self._waited_s = waited_s(os.getpid()) if tells and self._asleep else None


class _Timer:
    """The one timer of this process, shared by all alarms that are set.

    It is left to run where an alarm is removed: it then rings once too often, and finds nobody.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all alarms; a new process has no timer."""
        self._alarms: list[OwnAlarm] = []
        self._rung = 0
        self._due = self._due_before = math.inf

    def add(self, alarm: OwnAlarm) -> None:
        """Have an alarm looked at, within those that are there."""
        if not self._alarms:
            # The timer first: what was set before us must not ring at our handler.
            left_s, _ = signal.setitimer(signal.ITIMER_REAL, 0)
            self._before = signal.getsignal(signal.SIGALRM) or signal.SIG_DFL
            self._due_before = time.perf_counter() + left_s if left_s else math.inf
            self._due = math.inf
            signal.signal(signal.SIGALRM, self._ring)
            self.set_for(self._due_before)
        self._alarms.append(alarm)

    def remove(self, alarm: OwnAlarm) -> None:
        """Look at an alarm no more, nor at those within; after the first, all is as it was."""
        if alarm not in self._alarms:  # in a process that was forked within its block
            return
        del self._alarms[self._alarms.index(alarm) :]
        if not self._alarms:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)
            if self._due_before < math.inf:
                left_s = self._due_before - time.perf_counter()
                signal.setitimer(signal.ITIMER_REAL, max(left_s, _LEAST_S))

    def set_for(self, due: float) -> None:
        """Ring at this time by `time.perf_counter`, or before."""
        if due < self._due:
            self._due, rung = due, self._rung
            left_s = max(due - time.perf_counter(), _LEAST_S)
            signal.setitimer(signal.ITIMER_REAL, left_s)
            if self._rung != rung:  # it rang in between, and may have been set for sooner
                signal.setitimer(signal.ITIMER_REAL, _LEAST_S)

    def _ring(self, number: int, _frame: FrameType | None) -> None:
        self._rung += 1
        now, self._due = time.perf_counter(), math.inf
        running = [alarm for alarm in self._alarms if alarm.runs]
        self.set_for(min((now + alarm.rest_s for alarm in running), default=math.inf))
        if self._due_before <= now:
            self._ring_before(number)
        self.set_for(self._due_before)
        for alarm in running:
            alarm.look()

    def _ring_before(self, number: int) -> None:
        """Do what was to be done at the signal before there were alarms."""
        self._due_before = math.inf
        signal.signal(number, self._before)
        try:
            signal.raise_signal(number)
        finally:
            signal.signal(number, self._ring)


_TIMER = _Timer()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_TIMER.reset)
