"""The structure of plain values: scalars, arrays in nested lists, leaves.

A numpy scalar or a 0-d array stands for a Python number; nested lists or tuples of one shape stand
for an array.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from grader.compare.tolerance import needs_exact
from grader.guest.protocol.values import Value

_UNWRAPPED = frozenset({float, int, bool, str, list, tuple, dict, type(None)})  # most values


def unwrap(value: Value) -> Value:
    """Convert numpy scalars and 0-d arrays to Python values."""
    if type(value) in _UNWRAPPED:
        return value
    if type(value) is np.ndarray and value.ndim == 0 and value.dtype.kind != "O":
        value = value[()]
    if isinstance(value, np.longdouble):
        return float(value)
    if isinstance(value, np.clongdouble):
        return complex(value)
    if isinstance(value, np.generic) and value.dtype.kind in "biufcSU":
        return value.item()
    return set(value) if isinstance(value, frozenset) else value


def is_sequence(value: Value) -> bool:
    """Return whether a value is a list, a tuple or an array with at least one axis."""
    if type(value) is np.ndarray:
        return value.ndim > 0 and value.dtype.kind in "biufcSU"
    return type(value) in (list, tuple)


def shape_of(value: Value) -> tuple[int, ...] | None:
    """Return the shape of nested lists, None if they are ragged, or () for anything else."""
    if type(value) is np.ndarray:
        return tuple(value.shape)
    if type(value) not in (list, tuple):
        return ()
    inner, *others = {shape_of(item) for item in value} or {()}
    return None if others or inner is None else (len(value), *inner)


def as_array(value: Value) -> np.ndarray | None:
    """Return a rectangle of numbers, or of bools, as an array; None if it cannot be one."""
    if type(value) is np.ndarray:
        return None if value.dtype.kind not in "biufc" or _has_large_ints(value) else value
    items = [unwrap(item) for item in value]
    types = {type(item) for item in items}
    if types <= {int, float, complex}:
        if any(map(needs_exact, items)):
            return None
        return np.array(items, complex if complex in types else float)
    if types == {bool}:
        return np.array(items)
    rows = [as_array(item) if is_sequence(item) else None for item in items]
    stacked = [row for row in rows if row is not None]
    if len(stacked) < len(rows) or len({(row.shape, row.dtype.kind == "b") for row in stacked}) > 1:
        return None
    return np.stack(stacked)


def _has_large_ints(array: np.ndarray) -> bool:
    if array.dtype.kind not in "iu" or array.size == 0:
        return False
    return needs_exact(int(array.max())) or needs_exact(int(array.min()))


def leaves(value: Value) -> Iterator[Value]:
    """Yield all values inside nested lists, tuples, arrays and values of dicts, in order."""
    value = unwrap(value)
    if isinstance(value, np.ndarray):
        yield from value.reshape(-1).tolist()
    elif isinstance(value, dict):
        yield from leaves(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def spare_axes(actual: tuple[int, ...], expected: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the surplus axes of length 1 of an answer; None if its shape differs otherwise.

    Examples
    --------
    >>> spare_axes((3, 1), (3,)), spare_axes((1, 1), ()), spare_axes((1, 3), (3, 1))
    ((1,), (0, 1), None)
    """
    spare = []
    matched = 0
    for axis, length in enumerate(actual):
        if matched < len(expected) and length == expected[matched]:
            matched += 1
        elif length == 1:
            spare.append(axis)
        else:
            return None
    return tuple(spare) if matched == len(expected) else None


def squeezed(actual: Value, expected: Value) -> Value:
    """Return an answer without the axes of length 1 that the expected value does not have.

    Examples
    --------
    >>> squeezed(np.array([[1.0], [2.0]]), np.zeros(2)), squeezed([[0.5]], 1.0)
    (array([1., 2.]), 0.5)
    """
    actual, expected = unwrap(actual), unwrap(expected)
    if type(actual) is dict and type(expected) is dict:
        return {
            key: squeezed(item, expected[key]) if key in expected else item
            for key, item in actual.items()
        }
    if not is_sequence(actual):
        return actual
    if type(actual) is not np.ndarray and is_sequence(expected) and len(actual) == len(expected):
        pairs = zip(actual, expected, strict=True)
        return type(actual)(squeezed(one, other) for one, other in pairs)
    shapes = shape_of(actual), shape_of(expected)
    if shapes[0] is None or shapes[1] is None:
        return actual
    for axis in reversed(spare_axes(shapes[0], shapes[1]) or ()):
        actual = _without(actual, axis)
    return unwrap(actual)


def _without(value: Value, axis: int) -> Value:
    """Return nested lists, or an array, without an axis of length 1."""
    if type(value) is np.ndarray:
        return np.squeeze(value, axis)
    return value[0] if axis == 0 else type(value)(_without(item, axis - 1) for item in value)


def numbers_in(answer: Value) -> np.ndarray | None:
    """Return the numbers of an answer, in order; None if it contains anything else."""
    found = list(leaves(answer))
    if not all(type(each) in (int, float, complex) for each in found):
        return None
    try:
        return np.array(found, dtype=complex if complex in map(type, found) else float)
    except OverflowError:  # an int beyond floats
        return np.array([_float(each) for each in found])


def _float(number: complex) -> complex:
    try:
        return number + 0.0
    except OverflowError:
        return np.inf
