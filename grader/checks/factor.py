"""Whether wrong numbers are the right ones times one factor, or with the opposite sign."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checks.frozen import is_small
from grader.checks.slopes import numbers_in
from grader.values import Value

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
    """
    if not is_small(*actual, *expected):
        return ""
    pairs = [*zip(map(numbers_in, actual), map(numbers_in, expected), strict=True)]
    known = [(one, other) for one, other in pairs if one is not None and other is not None]
    if len(known) < len(pairs) or any(one.size != other.size for one, other in known):
        return ""
    found, wanted = (np.concatenate(each) for each in zip(*known, strict=True))
    factor = _factor(found, wanted)
    if factor is None:
        return ""
    text = f"{factor:.6g}"
    if text == "-1":
        return " Every value has the opposite sign."
    return "" if text == "1" else f" Every value is {text} times the right one."


def _factor(found: np.ndarray, wanted: np.ndarray) -> float | None:
    """Return what all numbers are multiplied by; None where one number alone would say so."""
    if (
        np.iscomplexobj(found)
        or np.iscomplexobj(wanted)
        or np.unique(np.abs(wanted[wanted != 0])).size < 2
    ):
        return None
    if not (np.all(np.isfinite(found)) and np.all(np.isfinite(wanted))):
        return None
    largest = int(np.argmax(np.abs(wanted)))
    with np.errstate(all="ignore"):
        factor = float(found[largest] / wanted[largest])
        alike = np.abs(found - factor * wanted) <= _SAME * np.abs(factor * wanted)
    return factor if factor and np.isfinite(factor) and bool(alike.all()) else None
