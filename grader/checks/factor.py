"""Whether wrong numbers are the right ones times one factor, or with the opposite sign."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

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
    pairs = [*zip(map(_numbers_in, actual), map(_numbers_in, expected), strict=True)]
    known = [(one, other) for one, other in pairs if one is not None and other is not None]
    if len(known) < len(pairs) or any(len(one) != len(other) for one, other in known):
        return ""
    found, wanted = (np.array([*chain(*each)]) for each in zip(*known, strict=True))
    factor = _factor(found, wanted)
    if factor is None:
        return ""
    text = f"{factor:.6g}"
    if text == "-1":
        return " Every value has the opposite sign."
    return "" if text == "1" else f" Every value is {text} times the right one."


def _numbers_in(answer: Value) -> Sequence[complex] | np.ndarray | None:
    """Return the numbers of an answer, in order; None where it holds something else."""
    return [answer] if type(answer) is float else numbers_in(answer)


def _factor(found: np.ndarray, wanted: np.ndarray) -> float | None:
    """Return what all numbers are multiplied by; None where one number alone would say so."""
    if not wanted.size or np.iscomplexobj(found) or np.iscomplexobj(wanted):
        return None
    sizes = np.abs(wanted)
    largest = int(np.argmax(sizes))
    with np.errstate(all="ignore"):
        factor = float(found[largest] / wanted[largest])
        # Of a number that is not finite, nothing is alike.
        if not (np.abs(found - factor * wanted) <= _SAME * np.abs(factor * wanted)).all():
            return None
    several = np.unique(sizes[sizes > 0]).size > 1
    return factor if factor and np.isfinite(factor) and several else None
