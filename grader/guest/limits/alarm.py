"""The time limit that a session sets itself: an alarm that interrupts a Python loop.

It counts own time: what the process waits for a processor does not count. It is a courtesy. Code
that catches it, or that owns the process, is ended from outside.

The alarm has a timer and a signal of its own where it can, so that SIGALRM, ``signal.alarm`` and
``signal.setitimer`` are the notebook's.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # the enums of `signal` cost more than most calls
import math
import os
import signal
import time
from collections.abc import Callable
from types import FrameType, TracebackType

from ..isolation import syscalls
from .own_time import OwnTime, itself

_TICK_S = 1e-5  # a timer counts in whole microseconds
_SOONEST_S = 0.01  # when it looks again, at the soonest
HAS_TIMER = hasattr(signal, "setitimer")  # Windows has none; the deadline outside holds there


class TimeLimit(BaseException):
    """Raised in student code when its time is up; ``except Exception`` does not catch it."""


class _Interrupt(TimeLimit, KeyboardInterrupt):
    """What a task of asyncio raises through its loop; of others it would be the result."""


class _Ticker:
    """A timer that rings by a signal: one that nobody else uses where it can, else SIGALRM."""

    def __init__(self, ring: Callable[[int, FrameType | None], None]) -> None:
        self._process = os.getpid()
        self._ring = ring
        self._timer = None
        self.rings = math.inf  # when, by `time.perf_counter`
        self._number: int = signal.SIGALRM
        if syscalls.HAS_TIMERS:
            self._number = signal.SIGRTMAX - 2
            self._timer = syscalls.make_timer(self._number)
        signal.signal(self._number, ring)

    @property
    def is_here(self) -> bool:
        """Whether it is of this process, as a fork has no timers, and rings to nobody else."""
        here = self._process == os.getpid()
        return here and _signal.getsignal(self._number) is self._ring

    def set(self, seconds: float) -> None:
        """Ring once, after so many seconds [s]; never with 0."""
        self.rings = time.perf_counter() + (seconds or math.inf)
        if self._timer is None:
            signal.setitimer(signal.ITIMER_REAL, seconds)
        else:
            syscalls.set_timer(self._timer, seconds)

    def rest(self) -> None:
        """Need not ring any more; a timer that is the notebook's too must not."""
        if self._timer is None:
            self.set(0)

    def __del__(self) -> None:
        if self._timer is not None and self._process == os.getpid():
            syscalls.end_timer(self._timer)


class Alarm:
    """Raise `TimeLimit` in the block after `seconds` of own time; leave nothing armed behind.

    It may be used again, with other seconds, which takes less time than a new one. Many short
    blocks in a row are timed by `arm` and `rest`, with one `disarm` at the end.

    Parameters
    ----------
    seconds : float
        The own time of a block [s].
    clock : OwnTime, optional
        What counts; a clock of this process and of what it starts by default.

    Attributes
    ----------
    struck : bool
        Whether the time ran out, even where the block swallowed the exception.
    where : FrameType or None
        What ran when it struck.
    ran_s : float
        Processor time that the block had used when it struck, of all threads and processes [s].
    seconds : float
        How long the block took, by the clock on the wall [s].
    """

    def __init__(self, seconds: float, clock: OwnTime | None = None) -> None:
        self.clock = clock or OwnTime(itself)
        self.set(seconds)
        self.struck = False
        self.where: FrameType | None = None
        self.seconds = self.ran_s = 0.0
        self._armed = False
        self._ticker: _Ticker | None = None

    def set(self, seconds: float) -> None:
        """Change the time of the blocks to come."""
        self.limit_s = max(seconds, 0.001)  # a timer of 0 would be no timer

    def arm(self) -> None:
        """Begin to count; set the timer where it does not ring early enough."""
        self._armed, self.struck, self.where = True, False, None
        self._start = time.perf_counter()
        self._began_s, self._ran_at_first_s = self.clock.now(), self.clock.ran_s
        if HAS_TIMER:
            if self._ticker is None or not self._ticker.is_here:
                self._ticker = _Ticker(self._strike)
            # Most blocks are over long before the timer of an earlier one rings.
            if self._ticker.rings > self._start + self.limit_s:
                self._ticker.set(self.limit_s)

    def rest(self) -> None:
        """Strike no more; the timer may run on, until the alarm is disarmed."""
        self._armed = False

    def disarm(self) -> None:
        """Strike no more, and have the timer rest where another may use it."""
        self._armed = False  # first of all: the signal may come before the timer is off
        if self._ticker is not None:
            self._ticker.rest()

    def __enter__(self) -> Alarm:
        """Arm the timer."""
        self.arm()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Disarm the timer; a `TimeLimit` ends here."""
        self.disarm()
        self.seconds = time.perf_counter() - self._start
        return isinstance(error, TimeLimit)

    def _strike(self, _number: int, frame: FrameType | None) -> None:
        assert self._ticker is not None
        self._ticker.rings = math.inf
        # The signal of the block before may come only when the next one has begun.
        if not self._armed:
            return
        left_s = self.limit_s - (self.clock.sample() - self._began_s)
        if left_s > _TICK_S:
            self._ticker.set(max(left_s, _SOONEST_S))
            return
        self._armed = False
        self.struck, self.where = True, frame
        self.ran_s = self.clock.ran_s - self._ran_at_first_s
        raise _Interrupt(f"the time limit of {self.limit_s:g} s is over")
