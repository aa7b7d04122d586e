"""Student answers in the form of the reference's, so that an author's expression may use them.

A student may answer with a list where the reference gives an array, or with an int for a float.
Whatever differs from the reference in kind, shape or keys never gets into an expression.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.compare import Mismatch, compare
from grader.compare.keys import match_keys
from grader.compare.shapes import as_array, unwrap
from grader.inside.plain import as_received
from grader.values import Value

__all__ = ["as_argument", "form_mismatch", "in_form_of"]


def form_mismatch(actual: Value, expected: Value) -> Mismatch | None:
    """Return how an answer differs in kind, shape or keys; values may differ."""
    if type(actual) is float and type(expected) is float:
        return None  # as most are
    mismatch = compare(actual, expected)
    return None if mismatch is None or mismatch.kind == "value" else mismatch


def in_form_of(actual: Value, expected: Value) -> Value:
    """Return an answer, whose form fits, in the very types of `expected`.

    Examples
    --------
    >>> in_form_of([1, 2], np.array([0.5, 0.5]))
    array([1., 2.])
    >>> in_form_of(np.array([1.0, 2.0]), (0.5, 0.5))
    (1.0, 2.0)
    """
    actual, expected = unwrap(actual), unwrap(expected)
    if isinstance(expected, np.ndarray):
        array = as_array(actual)
        return np.asarray(actual) if array is None else _real_like(array, expected)
    if isinstance(expected, (list, tuple)):
        pairs = zip(list(actual), expected, strict=True)
        return type(expected)(in_form_of(one, other) for one, other in pairs)
    if isinstance(expected, dict):
        pairs_of_keys = match_keys(actual, expected).pairs
        return {key: in_form_of(actual[mine], expected[key]) for mine, key in pairs_of_keys}
    if isinstance(expected, float) and type(actual) is int and abs(actual) < 2**1023:
        return float(actual)
    if type(actual) is complex and not isinstance(expected, complex) and actual.imag == 0:
        return actual.real
    return actual


def _real_like(actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return real numbers that came as complex ones as they are expected."""
    unreal = actual.dtype.kind == "c" and expected.dtype.kind != "c"
    return actual.real if unreal and not actual.imag.any() else actual


def as_argument(value: Any) -> Value:
    """Return what an expression made as it is sent: plain, with Python scalars."""
    if type(value) is float or type(value) is int:
        return value
    if type(value) is np.ndarray and value.ndim and value.dtype.char in "?ld":
        return value.copy()  # what most claims make, without the detour
    return _with_scalars(as_received(value))


def _with_scalars(value: Value) -> Value:
    if type(value) in (list, tuple):
        return type(value)(_with_scalars(item) for item in value)
    if type(value) is dict:
        return {key: _with_scalars(item) for key, item in value.items()}
    return unwrap(value)
