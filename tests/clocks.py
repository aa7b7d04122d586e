"""Clocks for tests that hold something to a time, however busy the machine is."""

from __future__ import annotations

from grader.inside.own_time import OwnTime, itself

__all__ = ["own_clock"]


def own_clock() -> OwnTime:
    """Return a clock of this test's own time, and that of the processes which it starts."""
    return OwnTime(itself)
