"""Whether wrong numbers are the right ones times one factor, or with the opposite sign."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from grader.checks.bundling import is_small
from grader.compare.shapes import leaves
from grader.guest.protocol.values import Value

__all__ = ["factor_text"]

_SAME = 1e-6


def factor_text(actual: Sequence[Value], expected: Sequence[Value]) -> str:
    """Return a sentence, after a space, on the factor that explains all answers; often nothing.

    Examples
    --------
    >>> factor_text([[0.2, 0.6], 0.0], [[0.1, 0.3], 0.0])
    ' Every value is 2 times the right one.'
    >>> factor_text([-1.0, -2.5], [1.0, 2.5])
    ' Every value has the opposite sign.'
    >>> factor_text([2.0], [1.0])
    ''
    >>> factor_text([1e308, 1.0], [1e-300, 2.0])
    ''
    """
    if not is_small(*actual, *expected):
        return ""
    factor = _factor(map(_numbers_in, actual), map(_numbers_in, expected))
    if factor is None:
        return ""
    text = f"{factor:.6g}"
    if text == "-1":
        return " Every value has the opposite sign."
    return "" if text == "1" else f" Every value is {text} times the right one."


def _numbers_in(answer: Value) -> list[float] | None:
    """Return the numbers of an answer, in order; None where it holds something else."""
    found = list(leaves(answer))
    if not all(type(each) in (int, float) for each in found):
        return None
    try:
        return list(map(float, found))
    except OverflowError:  # a whole number that no float holds
        return None


def _factor(
    actual: Iterable[list[float] | None], expected: Iterable[list[float] | None]
) -> float | None:
    """Return what all numbers are multiplied by; None where one number alone would say so."""
    factor = None
    sizes: set[float] = set()
    for found, wanted in zip(actual, expected, strict=True):
        if found is None or wanted is None or len(found) != len(wanted):
            return None
        if factor is None and any(wanted):
            largest = max(range(len(wanted)), key=lambda place: abs(wanted[place]))
            factor = found[largest] / wanted[largest]
            if not math.isfinite(factor):
                return None
        times = factor or 0.0
        for one, other in zip(found, wanted, strict=True):
            if not abs(one - times * other) <= _SAME * abs(times * other):
                return None  # as for most wrong answers, soon
        sizes.update(abs(number) for number in wanted if number)
    return factor if factor and len(sizes) > 1 else None
