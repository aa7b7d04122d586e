"""Whether wrong numbers are the right ones times one factor, or with the opposite sign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    factor = _factor(map(numbers_in, actual), map(numbers_in, expected))
    if factor is None:
        return ""
    text = f"{factor:.6g}"
    if text == "-1":
        return " Every value has the opposite sign."
    return "" if text == "1" else f" Every value is {text} times the right one."


def _factor(
    actual: Iterable[np.ndarray | None], expected: Iterable[np.ndarray | None]
) -> float | None:
    """Return what all numbers are multiplied by; None where one number alone would say so."""
    factor = None
    sizes: set[float] = set()
    for found, wanted in zip(actual, expected, strict=True):
        if found is None or wanted is None or found.size != wanted.size:
            return None
        if np.iscomplexobj(found) or np.iscomplexobj(wanted):
            return None
        if factor is None and wanted.any():
            largest = int(np.argmax(np.abs(wanted)))
            factor = float(found[largest]) / float(wanted[largest])
        times = factor or 0.0  # most answers end here: they have no factor in common
        with np.errstate(all="ignore"):
            if not (np.abs(found - times * wanted) <= _SAME * np.abs(times * wanted)).all():
                return None
        sizes.update(np.abs(wanted[wanted != 0]).tolist())
    return factor if factor and len(sizes) > 1 else None
