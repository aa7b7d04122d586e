"""Decides how long the trusted side waits for a session: in own time, then in wall-clock time."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field
from enum import StrEnum

from grader.guest.limits.own_time import OwnTime, waits_are_known

BACKSTOP = 30
"""The backstop: how many times a limit may pass in wall-clock time, even while waiting.

A session that gets a thirtieth of a processor still has its whole limit.
"""

LOOK_EVERY_S = 0.05
_BUSY_SHARE = 0.2
_BUSY_LOAD = 1.5


class Doubt(StrEnum):
    """Why the machine, not the notebook, may have caused a time limit to strike."""

    NONE = ""
    BUSY = "busy"
    """The limit struck by own time, while the machine was overloaded."""
    BACKSTOP = "backstop"
    """Only the wall-clock backstop struck: the session got hardly any processor time."""

    def or_worse(self, other: Doubt) -> Doubt:
        """Return the more serious of two."""
        order = list(Doubt)
        return max(self, other, key=order.index)


@dataclass(slots=True)
class Deadline:
    """The time by which a session must answer.

    Parameters
    ----------
    clock : OwnTime
        The session's clock.
    limit_s : float
        Own time that the session has from now on [s].
    cpu_s : float
        Processor time that all its processes together may use until then [s].

    Attributes
    ----------
    looked_once_more : bool
        Whether it had passed and the answer was checked once more.
    """

    clock: OwnTime
    limit_s: float
    cpu_s: float = math.inf
    looked_once_more: bool = field(default=False, init=False)
    _from_s: float = field(init=False)
    _ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the clock."""
        self._from_s = self.clock.now()
        self._ends_at = time.monotonic() + BACKSTOP * self.limit_s

    @property
    def used_s(self) -> float:
        """Own time that has passed [s]."""
        return self.clock.now() - self._from_s

    @property
    def is_over(self) -> bool:
        """Whether the own time is used up."""
        return self.used_s >= self.limit_s

    @property
    def backstop_struck(self) -> bool:
        """Whether it is over in wall-clock time, regardless of own time."""
        return time.monotonic() >= self._ends_at

    @property
    def cpu_is_spent(self) -> bool:
        """Whether the session's processes together used up their processor time."""
        return self.clock.ran_s > self.cpu_s

    @property
    def wait_s(self) -> float:
        """How long to wait for the session before checking again [s]."""
        return min(max(self.limit_s - self.used_s, 0.001), LOOK_EVERY_S)


def doubt_now(clock: OwnTime, began: float, *, backstop: bool = False) -> Doubt:
    """Return whether the machine may have caused a limit to strike just now.

    The session began at `began`, by `time.monotonic`. `backstop`: only the backstop struck.
    """
    if not waits_are_known():
        # Here the backstop stops every sleeping session, so it proves nothing.
        load, cores = os.getloadavg()[0], os.cpu_count() or 1
        return Doubt.BUSY if load > _BUSY_LOAD * cores else Doubt.NONE
    if backstop:
        return Doubt.BACKSTOP
    lasted_s = time.monotonic() - began
    return Doubt.BUSY if clock.waited_s > _BUSY_SHARE * lasted_s else Doubt.NONE
