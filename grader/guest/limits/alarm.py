"""The time limit inside a session: an alarm that interrupts Python code.

It counts own time (`own_time`), without waits for a processor. Code that catches the alarm is ended
from outside.

Where possible the alarm uses a timer and a signal of its own, so that SIGALRM, ``signal.alarm`` and
``signal.setitimer`` stay free for the notebook.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # the enums of `signal` are slower than most calls
import math
import os
import signal
import time
from collections.abc import Callable
from types import FrameType, TracebackType

from ..isolation import syscalls
from .own_time import OwnTime, itself

_TICK_S = 1e-5  # timers count whole microseconds
_SOONEST_S = 0.01  # shortest time between two looks at the clock
# Windows has none; the deadline outside the session still applies.
HAS_TIMER = hasattr(signal, "setitimer")


class TimeLimit(BaseException):
    """Raised in student code when its time is over; ``except Exception`` does not catch it."""


class _Interrupt(TimeLimit, KeyboardInterrupt):
    """Makes asyncio raise the limit through its loop; other exceptions become a task's result."""


class _Ticker:
    """A timer that sends a signal: an unused real-time signal if possible, else SIGALRM."""

    def __init__(self, ring: Callable[[int, FrameType | None], None]) -> None:
        self._process = os.getpid()
        self._ring = ring
        self._timer = None
        self.rings = math.inf  # due time, by `time.perf_counter`
        self._number: int = signal.SIGALRM
        if syscalls.HAS_TIMERS:
            self._number = signal.SIGRTMAX - 2
            self._timer = syscalls.make_timer(self._number)
        signal.signal(self._number, ring)

    @property
    def is_here(self) -> bool:
        """Whether the timer belongs to this process: a fork does not inherit timers."""
        here = self._process == os.getpid()
        return here and _signal.getsignal(self._number) is self._ring

    def set(self, seconds: float) -> None:
        """Send the signal once, after a delay [s]; 0 stops the timer."""
        self.rings = time.perf_counter() + (seconds or math.inf)
        if self._timer is None:
            signal.setitimer(signal.ITIMER_REAL, seconds)
        else:
            syscalls.set_timer(self._timer, seconds)

    def rest(self) -> None:
        """Stop the timer if the notebook may use it too; otherwise it may run on."""
        if self._timer is None:
            self.set(0)

    def __del__(self) -> None:
        if self._timer is not None and self._process == os.getpid():
            syscalls.end_timer(self._timer)


class Alarm:
    """Raise `TimeLimit` in the block after `seconds` of own time.

    An alarm can be reused with another limit, which is cheaper than a new one. For many short
    blocks in a row, use `arm` and `rest`, with one `disarm` at the end.

    Parameters
    ----------
    seconds : float
        The own time of a block [s].
    clock : OwnTime, optional
        The clock; by default one for this process and its descendants.

    Attributes
    ----------
    struck : bool
        Whether the time ran out, even if the block swallowed the exception.
    where : FrameType or None
        The frame that ran when the time was over.
    ran_s : float
        Processor time of the block until then, over all threads and processes [s].
    seconds : float
        Wall-clock time of the block [s].
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
        """Change the limit for the next blocks."""
        self.limit_s = max(seconds, 0.001)  # 0 would stop the timer

    def arm(self) -> None:
        """Start to count; set the timer unless it already fires early enough."""
        self._armed, self.struck, self.where = True, False, None
        self._start = time.perf_counter()
        self._began_s, self._ran_at_first_s = self.clock.now(), self.clock.ran_s
        if HAS_TIMER:
            if self._ticker is None or not self._ticker.is_here:
                self._ticker = _Ticker(self._strike)
            # Most blocks end long before the timer of an earlier block fires.
            if self._ticker.rings > self._start + self.limit_s:
                self._ticker.set(self.limit_s)

    def rest(self) -> None:
        """Stop counting; the timer may run on until `disarm`."""
        self._armed = False

    def disarm(self) -> None:
        """Stop counting, and release the timer."""
        self._armed = False  # first: the signal may arrive before the timer stops
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
        # The signal of the previous block may arrive during the next one.
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
