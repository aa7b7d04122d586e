"""Which keys of two dicts, or members of two sets, are the same.

Keys are matched exactly first; numbers that are left are matched to 1e-9, so that 0.3 finds
0.1 + 0.2.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from grader.compare.tolerance import Tolerance, judge_exactly
from grader.values import Value

__all__ = ["MatchedKeys", "match_keys"]

_KEY_TOLERANCE = Tolerance(rtol=1e-9)


@dataclass(frozen=True, slots=True)
class MatchedKeys:
    """Keys that are the same on both sides, as (actual, expected), and those that are not."""

    pairs: list[tuple[Value, Value]]
    missing: list[Value]
    extra: list[Value]


def match_keys(actual: Collection[Value], expected: Collection[Value]) -> MatchedKeys:
    """Pair the keys of two dicts, or the members of two sets."""
    left = {_identity(key): key for key in actual}
    pairs = [(left.pop(_identity(key)), key) for key in expected if _identity(key) in left]
    found = {_identity(key) for _, key in pairs}
    numbers = sorted(key for key in left.values() if _is_orderly(key))
    missing = []
    for key in (key for key in expected if _identity(key) not in found):
        near = _nearest(key, numbers) if _is_orderly(key) else None
        if near is None:
            missing.append(key)
        else:
            pairs.append((left.pop(_identity(near)), key))
            numbers.remove(near)
    return MatchedKeys(pairs, missing, list(left.values()))


def _identity(key: Value) -> tuple[bool, Value]:
    return isinstance(key, (bool, np.bool_)), key  # True and 1 are one key to Python, not to us


def _is_orderly(key: Value) -> bool:
    if isinstance(key, bool) or not isinstance(key, (int, float, np.integer, np.floating)):
        return False
    return not math.isnan(key)


def _nearest(key: Value, numbers: list[Value]) -> Value | None:
    place = bisect.bisect(numbers, key)
    for candidate in numbers[max(place - 1, 0) : place + 1]:
        if judge_exactly(_exact(candidate), _exact(key), _KEY_TOLERANCE):
            return candidate
    return None


def _exact(key: Value) -> int | float:
    return int(key) if isinstance(key, (int, np.integer)) else float(key)
