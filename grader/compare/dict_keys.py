"""Matches the keys of two dicts, or the members of two sets.

Keys are matched exactly first; the remaining numbers are matched to 1e-9, so that 0.3 matches
0.1 + 0.2.
"""

from __future__ import annotations

import bisect
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from grader.compare.tolerance import Tolerance, judge_exactly
from grader.guest.protocol.values import Value

_KEY_TOLERANCE = Tolerance(rtol=1e-9)


@dataclass(frozen=True, slots=True)
class MatchedKeys:
    """Pairs of matching keys, as (actual, expected), and the keys without a match."""

    pairs: list[tuple[Value, Value]]
    missing: list[Value]
    extra: list[Value]


def match_keys(actual: Collection[Value], expected: Collection[Value]) -> MatchedKeys:
    """Pair the keys of two dicts, or the members of two sets.

    The keys of `actual` are not put into a new hash table: a student may have chosen them so that
    filling one takes minutes. They are looked up in their own table, which was checked.
    """
    truths = {key for key in actual if _is_truth(key)}
    same = [key for key in expected if key in actual and (key in truths) is _is_truth(key)]
    found = set(same)
    left = [key for key in expected if key not in found]
    near = _near_numbers((key for key in actual if key not in found), left)
    found.update(near.values())
    return MatchedKeys(
        pairs=[(key, key) for key in same] + [(mine, left[at]) for at, mine in near.items()],
        missing=[key for at, key in enumerate(left) if at not in near],
        extra=[key for key in actual if key not in found],
    )


def _is_truth(key: Value) -> bool:
    return isinstance(key, (bool, np.bool_))  # True and 1 are one key to Python, but not here


def _near_numbers(actual: Iterable[Value], expected: list[Value]) -> dict[int, Value]:
    """Return the matching number for each expected number that has one, by its index."""
    near: dict[int, Value] = {}
    if not any(map(_is_orderly, expected)):
        return near
    numbers = sorted(key for key in actual if _is_orderly(key))
    for at, key in enumerate(expected):
        place = _nearest(_exact(key), numbers) if _is_orderly(key) else None
        if place is not None:
            near[at] = numbers.pop(place)
    return near


def _is_orderly(key: Value) -> bool:
    if isinstance(key, bool) or not isinstance(key, (int, float, np.integer, np.floating)):
        return False
    return bool(key == key)  # nan cannot be sorted; math.isnan refuses an int beyond floats


def _nearest(key: int | float, numbers: list[Value]) -> int | None:
    """Return the index of a matching number in a sorted list, or None."""
    place = bisect.bisect(numbers, key)
    for candidate in range(max(place - 1, 0), min(place + 1, len(numbers))):
        if judge_exactly(_exact(numbers[candidate]), key, _KEY_TOLERANCE):
            return candidate
    return None


def _exact(key: Value) -> int | float:
    return int(key) if isinstance(key, (int, np.integer)) else float(key)
