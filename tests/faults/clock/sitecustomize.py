"""A clock that a test sets: Python reads this file first where its folder is in PYTHONPATH.

Everything that tells the time of day goes wrong by the seconds that a file holds, as it does for
all programs of a machine whose clock is set. What counts seconds (`time.monotonic`) goes right.
"""

import datetime
import os
import time
from pathlib import Path

WRONG_BY = Path(os.environ["CLOCK_WRONG_BY"])
true_time, true_time_ns = time.time, time.time_ns


def wrong_by() -> float:
    return float(WRONG_BY.read_text())


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return cls.now(datetime.UTC).replace(tzinfo=None)


Clock.__name__ = Clock.__qualname__ = "datetime"
time.time = lambda: true_time() + wrong_by()
time.time_ns = lambda: true_time_ns() + int(wrong_by() * 10**9)
datetime.datetime = Clock
