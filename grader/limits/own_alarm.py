"""Alarms that count a process's own time: on a processor, or asleep by choice.

Time that it waits for a processor is not its own. Linux counts that per thread, in
``/proc/PID/task/TID/schedstat``; on systems that do not, all time is a process's own.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

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
"""Factor for limits in wall-clock time, if waiting times are unknown."""


def waited_s(pid: int) -> float:
    """Return how long the threads of a process have waited for a processor [s]; 0 if unknown."""
    return _times_s(pid).waited_s


def left_s(pid: int, passed_s: float, limit_s: float) -> float:
    """Return how much of its own time a child process has left [s]; 0 or less if none.

    It was started `passed_s` ago by the wall clock, and may take `limit_s` of own time [s].
    """
    if not waits_are_known():
        return TIMES_AT_MOST * limit_s - passed_s
    had = _times_s(pid)
    own_s = passed_s - had.waited_s
    if own_s >= limit_s > had.ran_s and any(is_ready(folder) for _, folder in threads_of(pid)):
        return _LEAST_S  # it may be waiting now, which the system counts only afterwards
    return limit_s - own_s


def _times_s(pid: int) -> ThreadTimes:
    """Return the summed times of the threads of a process."""
    tasks = [task for _, folder in threads_of(pid) if (task := read_thread(folder)) is not None]
    return ThreadTimes(sum(task.ran_s for task in tasks), sum(task.waited_s for task in tasks))


class OwnAlarm:
    """Raise `TimeLimit` in the block when this process has spent its own time there.

    The alarm rings by the wall clock and then checks: if the process has only waited for a
    processor, it is set again. Usually only two clocks are read. If the system does not report
    waiting, only time on a processor counts, and ten times the limit in wall-clock time. Alarms may
    be nested; a nested alarm costs little more than its two clocks. They work only in the main
    thread, and do nothing elsewhere.

    Parameters
    ----------
    limit_s : float
        Time [s]; inf only keeps the timer for nested alarms.
    asleep : bool
        Whether sleep counts, such as waiting for an answer.

    Attributes
    ----------
    struck : bool
        Whether the time ran out, even if the block swallowed the exception.
    """

    def __init__(self, limit_s: float, *, asleep: bool = True) -> None:
        self.struck = False
        self.runs = False
        self._asleep = asleep
        self._limit_s = max(limit_s, _LEAST_S)
        self._spent_s = self._passed_s = 0.0
        self._works = HAS_TIMER and threading.current_thread() is threading.main_thread()

    def __enter__(self) -> OwnAlarm:
        """Start counting."""
        if self._works:
            _TIMER.add(self)
            self._go()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        """Stop counting; suppress the alarm's own `TimeLimit`."""
        self.runs = False  # first: the signal may come before the alarm is removed
        if self._works:
            _TIMER.remove(self)
        return self.struck and isinstance(error, TimeLimit)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count the block, such as a question with a limit of its own."""
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
        """The shortest time until it can be over [s]."""
        return self._limit_s - self._spent_s

    def _go(self) -> None:
        """Count from now on."""
        self._wall_s, self._cpu_s = time.perf_counter(), time.process_time()
        self._waited_s: float | None = None
        self.runs = True
        _TIMER.set_for(self._wall_s + self.rest_s)

    def _count(self) -> None:
        """Add the time spent since the last start; if waiting was not read, only processor time."""
        wall_s = time.perf_counter() - self._wall_s
        own_s = min(time.process_time() - self._cpu_s, wall_s)
        if self._waited_s is not None:
            own_s = max(own_s, wall_s - (waited_s(os.getpid()) - self._waited_s))
        self._spent_s += own_s
        self._passed_s += wall_s

    def look(self) -> None:
        """Raise `TimeLimit` if the time is over; else keep counting, and read waiting times."""
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
    """The single timer of this process, which all alarms share.

    It keeps running when an alarm is removed, and may then ring once without effect.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all alarms; a new process has no timer."""
        self._alarms: list[OwnAlarm] = []
        self._rung = 0
        self._due = self._due_before = math.inf

    def add(self, alarm: OwnAlarm) -> None:
        """Add an alarm, nested in the existing ones."""
        if not self._alarms:
            # The timer first: an earlier timer must not ring at our handler.
            left_s, _ = signal.setitimer(signal.ITIMER_REAL, 0)
            self._before = signal.getsignal(signal.SIGALRM) or signal.SIG_DFL
            self._due_before = time.perf_counter() + left_s if left_s else math.inf
            self._due = math.inf
            signal.signal(signal.SIGALRM, self._ring)
            self.set_for(self._due_before)
        self._alarms.append(alarm)

    def remove(self, alarm: OwnAlarm) -> None:
        """Remove an alarm and those nested in it; the last one restores the earlier timer."""
        if alarm not in self._alarms:  # in a process forked inside its block
            return
        del self._alarms[self._alarms.index(alarm) :]
        if not self._alarms:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)
            if self._due_before < math.inf:
                left_s = self._due_before - time.perf_counter()
                signal.setitimer(signal.ITIMER_REAL, max(left_s, _LEAST_S))

    def set_for(self, due: float) -> None:
        """Ring at this time by `time.perf_counter`, or earlier."""
        if due < self._due:
            self._due, rung = due, self._rung
            left_s = max(due - time.perf_counter(), _LEAST_S)
            signal.setitimer(signal.ITIMER_REAL, left_s)
            if self._rung != rung:  # it rang in between, and may have been set to an earlier time
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
        """Call the signal handler from before the alarms."""
        self._due_before = math.inf
        signal.signal(number, self._before)
        try:
            signal.raise_signal(number)
        finally:
            signal.signal(number, self._ring)


_TIMER = _Timer()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_TIMER.reset)
