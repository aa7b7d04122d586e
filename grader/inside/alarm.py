"""The time limit that a session sets itself: an alarm that interrupts a Python loop.

It counts own time: what the process waits for a processor does not count. It is a courtesy. Code
that catches it, or that owns the process, is ended from outside.
"""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType

from .own_time import OwnTime, itself

__all__ = ["Alarm", "TimeLimit"]

_TICK_S = 1e-5  # a timer counts in whole microseconds
_SOONEST_S = 0.01  # when it looks again, at the soonest
HAS_TIMER = hasattr(signal, "setitimer")  # Windows has none; the deadline outside holds there


class TimeLimit(BaseException):
    """Raised in student code when its time is up; ``except Exception`` does not catch it."""


class Alarm:
    """Raise `TimeLimit` in the block after `seconds` of own time; leave nothing armed behind.

    It may be used again, with other seconds; its handler is then not installed anew, which takes
    longer than most calls that are timed. Many short blocks in a row are timed by `arm` and `rest`,
    with one `disarm` at the end.

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
        self._armed = self._installed = False

    def set(self, seconds: float) -> None:
        """Change the time of the blocks to come."""
        self.limit_s = max(seconds, 0.001)  # a timer of 0 would be no timer

    def arm(self) -> None:
        """Start the timer, anew where it runs."""
        self._armed, self.struck, self.where = True, False, None
        self._start = time.perf_counter()
        self._began_s, self._ran_at_first_s = self.clock.now(), self.clock.ran_s
        if HAS_TIMER:
            if not self._installed:
                signal.signal(signal.SIGALRM, self._strike)
                self._installed = True
            signal.setitimer(signal.ITIMER_REAL, self.limit_s)

    def rest(self) -> None:
        """Strike no more; the timer may run on, until it is armed anew or disarmed."""
        self._armed = False

    def disarm(self) -> None:
        """Stop the timer."""
        self._armed = False  # first of all: the signal may come before the timer is off
        if HAS_TIMER:
            signal.setitimer(signal.ITIMER_REAL, 0)

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
        # The signal of the block before may come only when the next one has begun.
        if not self._armed:
            return
        left_s = self.limit_s - (self.clock.sample() - self._began_s)
        if left_s > _TICK_S:
            signal.setitimer(signal.ITIMER_REAL, max(left_s, _SOONEST_S))
            return
        self._armed = False
        self.struck, self.where = True, frame
        self.ran_s = self.clock.ran_s - self._ran_at_first_s
        raise TimeLimit(f"the time limit of {self.limit_s:g} s is over")
