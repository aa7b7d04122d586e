"""Convert student answers to the form of the reference's, for use in an author's expression.

A student may answer with a list instead of an array, or with an int instead of a float. Answers of
another kind, shape or other keys are refused before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.compare import Mismatch, Tolerance, agree, compare
from grader.compare.dict_keys import match_keys
from grader.compare.shapes import as_array, is_sequence, leaves, unwrap
from grader.compare.tolerance import judge_numbers
from grader.guest.protocol.conversions import as_received
from grader.guest.protocol.values import Value

_EXACT = Tolerance(rtol=0.0)


def form_mismatch(actual: Value, expected: Value) -> Mismatch | None:
    """Return how an answer differs in kind, shape or keys, or None if only its values differ."""
    if type(actual) is float and type(expected) is float:
        return None  # the most frequent case
    mismatch = compare(actual, expected)
    return None if mismatch is None or mismatch.kind == "value" else mismatch


def in_form_of(actual: Value, expected: Value) -> Value:
    """Return an answer of matching form in the exact types of `expected`.

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
        if array is None:  # of text, or with an integer too large for a float
            return np.array(list(leaves(actual))).reshape(expected.shape)
        return _real_like(array, expected)
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


def reshapable(actual: Value, expected: Value) -> np.ndarray | None:
    """Return an answer as an array if it has as many numbers as expected in any shape, or None."""
    one, other = _as_array(actual), _as_array(expected)
    if one is None or other is None or one.size != other.size:
        return None
    if (one.dtype.kind == "b") is not (other.dtype.kind == "b"):
        return None
    return _real_like(one, other)


def _as_array(value: Value) -> np.ndarray | None:
    value = unwrap(value)
    return as_array(value) if is_sequence(value) else as_array([value])


def settled(actual: Value, expected: Value, slack: Value) -> Value:
    """Return an answer whose numbers that are right up to rounding are the expected ones.

    Examples
    --------
    >>> settled([0.1, 0.0], [0.1, -2.8e-17], [0.0, 4e-16])
    [0.1, -2.8e-17]
    """
    if slack is None:
        return actual
    actual, expected = unwrap(actual), unwrap(expected)
    if isinstance(slack, dict):
        if type(actual) is not dict:
            return actual
        kept = dict(actual)
        for mine, key in match_keys(actual, expected).pairs:
            kept[mine] = settled(actual[mine], expected[key], slack[key])
        return kept
    if isinstance(slack, list) and type(actual) in (list, tuple) and len(actual) == len(slack):
        triples = zip(actual, expected, slack, strict=True)
        return type(actual)(settled(*each) for each in triples)
    return _settled_numbers(actual, expected, slack)


def _settled_numbers(actual: Value, expected: Value, slack: Value) -> Value:
    if type(actual) in (int, float, complex):
        is_right = agree(actual, expected, _EXACT, slack) if type(slack) is float else False
        return expected if is_right and slack else actual
    one = as_array(actual) if is_sequence(actual) else None
    other = as_array(expected) if is_sequence(expected) else None
    if one is None or other is None or one.shape != other.shape or one.dtype.kind == "b":
        return actual
    near = judge_numbers(one.reshape(-1), other.reshape(-1), _EXACT, np.ravel(slack))
    near &= np.ravel(slack) > 0
    whole = np.where(near.reshape(one.shape), other, one)
    return whole if type(actual) is np.ndarray else whole.tolist()


def _real_like(actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return an array without imaginary parts if all are 0 and real numbers are expected."""
    unreal = actual.dtype.kind == "c" and expected.dtype.kind != "c"
    return actual.real if unreal and not actual.imag.any() else actual


def as_argument(value: Any) -> Value:
    """Return a value of an expression as it is sent: plain data with Python scalars."""
    if type(value) is float or type(value) is int:
        return value
    if type(value) is np.ndarray and value.ndim and value.dtype.char in "?ld":
        return value.copy()  # a shortcut for what most assertions make
    return _with_scalars(as_received(value))


def _with_scalars(value: Value) -> Value:
    if type(value) in (list, tuple):
        return type(value)(_with_scalars(item) for item in value)
    if type(value) is dict:
        return {key: _with_scalars(item) for key, item in value.items()}
    return unwrap(value)
