"""Comparisons that other graders are written with: what they accept shows what ours stops."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np


def _not_far(actual: Any, expected: Any) -> bool:
    return not np.any(abs(actual - expected) > 1e-6)


def _assert_allclose(actual: Any, expected: Any) -> bool:
    np.testing.assert_allclose(actual, expected)
    return True


_NAIVE: dict[str, Callable[[Any, Any], object]] = {
    "actual == expected": lambda actual, expected: actual == expected,
    "not actual != expected": lambda actual, expected: not (actual != expected),  # noqa: SIM202
    "np.all(actual == expected)": lambda actual, expected: np.all(actual == expected),
    "abs(actual - expected) < tol": lambda actual, expected: abs(actual - expected) < 1e-6,
    "not abs(actual - expected) > tol": _not_far,
    "np.allclose": np.allclose,
    "np.equal": np.equal,
    "np.isclose(...).all()": lambda actual, expected: np.isclose(actual, expected).all(),
    "np.allclose(equal_nan)": lambda a, e: np.allclose(a, e, equal_nan=True),
    "assert_allclose": _assert_allclose,
    "math.isclose": math.isclose,
    "float(actual) == expected": lambda actual, expected: float(actual) == expected,
    "round": lambda actual, expected: round(actual, 6) == round(expected, 6),
    "str": lambda actual, expected: str(actual) == str(expected),
    "isinstance, then ==": lambda a, e: isinstance(a, type(e)) and a == e,
    "all(zip)": lambda actual, expected: all(a == e for a, e in zip(actual, expected)),  # noqa: B905
    "expected in actual": lambda actual, expected: expected in actual,
    "actual in expected": lambda actual, expected: actual in expected,
}


def convinced(actual: Any, expected: Any) -> str | None:
    """Return the first of the naive comparisons that accepts a value."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        accept = (name for name, compare in _NAIVE.items() if _says_yes(compare, actual, expected))
        return next(accept, None)


def _says_yes(compare: Callable[[Any, Any], object], actual: Any, expected: Any) -> bool:
    try:
        return bool(compare(actual, expected))
    except Exception:
        return False
