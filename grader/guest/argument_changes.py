"""Detects which arguments a call changed.

Each argument is kept in the form that is cheapest to compare: encoding all arguments twice would
take far longer than most calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import is_
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .protocol.dtypes import LITTLE
from .protocol.encoding import Encoded, encode
from .protocol.frames import WireError
from .protocol.values import Value

_UNCHANGEABLE = frozenset({type(None), bool, int, float, complex, str, bytes})
_SMALL_BYTES = 1 << 12

Watched: TypeAlias = list[tuple[int | str, Value, Callable[[Any], bool]]]
"""Position or keyword, value, and a function that says whether it is unchanged."""


def watch(args: Sequence[Value], kwargs: Sequence[tuple[str, Value]]) -> Watched:
    """Record the arguments of a call before it is made."""
    places: Iterable[tuple[int | str, Value]] = [*enumerate(args), *kwargs]
    return [
        (place, value, _same_as_now(value))
        for place, value in places
        if type(value) not in _UNCHANGEABLE
    ]


def changed(watched: Watched) -> tuple[str, ...]:
    """Return which of the arguments are no longer the same, bit for bit."""
    return tuple([str(place) for place, value, same in watched if not same(value)])


def _same_as_now(value: Value) -> Callable[[Any], bool]:
    kind = type(value)
    if kind is list and _UNCHANGEABLE.issuperset(map(type, value)):
        return partial(_same_items, tuple(value))
    if kind is np.ndarray and value.nbytes <= _SMALL_BYTES and value.dtype in LITTLE:
        return partial(_same_array, value.dtype, value.shape, value.tobytes())
    encoded = encode(value)
    encoded.keep()
    return partial(_same_encoded, encoded)


def _same_items(before: tuple[Value, ...], now: list[Value]) -> bool:
    if len(now) == len(before) and all(map(is_, now, before)):
        return True  # the same objects as before, and all of them immutable
    return _same_encoded(encode(list(before)), now)


def _same_array(
    dtype: np.dtype[Any], shape: tuple[int, ...], raw: bytes, now: npt.NDArray[Any]
) -> bool:
    # The shape first: the call may have made the array huge.
    return now.shape == shape and now.dtype == dtype and now.tobytes() == raw


def _same_encoded(before: Encoded, now: Value) -> bool:
    try:
        return before.same_as(encode(now))
    except WireError:
        return False
