"""What plain values are made of: scalars, rectangles of numbers, leaves.

A numpy scalar or a 0-d array stands for a Python number; nested lists or tuples of one shape stand
for an array.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from grader.compare.tolerance import needs_exact
from grader.values import Value

__all__ = ["as_array", "is_sequence", "leaves", "shape_of", "unwrap"]


_UNWRAPPED = frozenset({float, int, bool, str, list, tuple, dict, type(None)})  # what most are


def unwrap(value: Value) -> Value:
    """Return numpy scalars and 0-d arrays as the Python values that they stand for."""
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
    """Tell whether a value is a list, a tuple or an array of at least one axis."""
    if type(value) is np.ndarray:
        return value.ndim > 0 and value.dtype.kind in "biufcSU"
    return type(value) in (list, tuple)


def shape_of(value: Value) -> tuple[int, ...] | None:
    """Return the shape of nested lists, () for anything else, or None where they are ragged."""
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
    if len(stacked) < len(rows) or len({row.dtype.kind == "b" for row in stacked}) > 1:
        return None
    return np.stack(stacked)


def _has_large_ints(array: np.ndarray) -> bool:
    if array.dtype.kind not in "iu" or array.size == 0:
        return False
    return needs_exact(int(array.max())) or needs_exact(int(array.min()))


def leaves(value: Value) -> Iterator[Value]:
    """Yield what is no list, tuple, dict or array, in order; of a dict, its values."""
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
