"""Detect that wrong numbers are the right ones times one factor, or with the opposite sign."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from grader.checks.bundling import is_small
from grader.compare.shapes import numbers_in
from grader.guest.protocol.values import Value

_SAME = 1e-6


def factor_text(actual: Sequence[Value], expected: Sequence[Value]) -> str:
    """Return a sentence, after a space, on the factor that explains all answers; often empty.

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
    pairs = [*zip(map(numbers_in, actual), map(numbers_in, expected), strict=True)]
    known = [(one, other) for one, other in pairs if one is not None and other is not None]
    if not known or len(known) < len(pairs) or any(a.size != b.size for a, b in known):
        return ""
    found, wanted = (np.concatenate(each) for each in zip(*known, strict=True))
    if np.iscomplexobj(found) or np.iscomplexobj(wanted):
        return ""
    factor = _factor(found.tolist(), wanted.tolist())
    if factor is None:
        return ""
    text = f"{factor:.6g}"
    if text == "-1":
        return " Every value has the opposite sign."
    return "" if text == "1" else f" Every value is {text} times the right one."


def _factor(found: Sequence[float], wanted: Sequence[float]) -> float | None:
    """Return the common factor; None if there is none or only one number supports it."""
    if not any(wanted):
        return None
    largest = max(range(len(wanted)), key=lambda place: abs(wanted[place]))
    factor = found[largest] / wanted[largest]
    if not factor or not math.isfinite(factor):
        return None
    for one, other in zip(found, wanted, strict=True):
        if not abs(one - factor * other) <= _SAME * abs(factor * other):
            return None
    return factor if len({abs(number) for number in wanted if number}) > 1 else None
