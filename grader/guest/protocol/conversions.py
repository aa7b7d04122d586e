"""Converts values of well-known libraries to plain values before they are sent.

Only the exact types are converted: an instance of a student's subclass stays `Opaque`, since its
methods may lie. In a sandbox students can replace any of these types, but that changes only their
own answers.

======================================================  =========================================
type                                                    becomes
======================================================  =========================================
OrderedDict, defaultdict, Counter, mappingproxy         dict
frozenset; dict_keys, dict_items                        set; list
deque, range, dict_values; array.array                  list; ndarray
Fraction, Decimal                                       float (an int where it is whole, Fraction)
a namedtuple                                            tuple
bytearray, memoryview                                   bytes
numpy float64, int64                                    float, int
other numpy scalars                                     0-d ndarray
numpy longdouble, clongdouble                           float64, complex128
numpy object array of plain numbers, or of bools        int64, float64 or bool array
numpy object or string array of anything else           nested list of its items
numpy matrix, memmap, masked array with nothing masked  ndarray
member of an IntEnum, of a StrEnum                      int, str
pandas Series, DataFrame, Index; an array of its own    what its numpy array becomes
sympy number or numeric expression; mpmath mpf, mpc     int, float or complex
======================================================  =========================================

Items of a container are converted one by one, so that a column of texts with ``None`` or
``pandas.NA`` in it can be sent, and a message can name that item.

Generators and other iterators stay `Opaque`: reading them would use them up.
"""

from __future__ import annotations

import array
import collections
import enum
import sys
import types
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from .decoding import decode
from .encoding import Encoded, encode, header_of, opaque
from .frames import MAX_NODES
from .values import Opaque, Value


def encode_plain(value: object) -> Encoded:
    """Encode an object, with well-known types converted to plain ones; see `encode`."""
    return encode(value, plain)


def as_received(value: object) -> Value:
    """Return what the other end would receive, to compare a known answer in the same form."""
    encoded = encode_plain(value)
    return decode(header_of(encoded), [bytearray(raw) for raw in encoded.buffers])


def plain(value: Any) -> Value:
    """Return the plain value of an object of a well-known type, or an `Opaque`."""
    kind = type(value)
    convert = _BUILT_IN.get(kind) or _of_library(kind) or _of_namedtuple(kind) or _of_enum(kind)
    if convert is None:
        return opaque(value)
    try:
        return convert(value)
    except Exception:
        return opaque(value)


def _fraction(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def _range(value: range) -> Value:
    return list(value) if len(value) <= MAX_NODES else opaque(value)


def _scalar(value: Any) -> Value:
    return _ndarray(np.asarray(value))


def _ndarray(value: Any) -> Value:
    """Convert an array to a dtype of the wire."""
    kind = value.dtype.kind
    if kind in "OT":
        return _items(value)
    if kind in "fc":  # longdouble: its width depends on the machine
        return value.astype(np.float64 if kind == "f" else np.complex128)
    if value.dtype.str[1:] == "U0":
        return value.astype("U1")
    return value if kind in "biuU" else _named(value, f"ndarray of {value.dtype}")


def _named(value: Any, type_name: str) -> Opaque:
    return Opaque(type_name[:200], opaque(value).text)


_NUMBERS = frozenset(
    {int, float, Fraction, Decimal}
    | {kind for kind in np.sctypeDict.values() if issubclass(kind, (np.integer, np.floating))}
)
_TRUTHS = frozenset({bool, np.bool_})


def _items(value: Any) -> Value:
    """Convert an object array to an array if it holds only numbers or only bools, else a list."""
    kinds = set(map(type, value.ravel().tolist()))
    if kinds and kinds <= _TRUTHS:
        return value.astype(bool)
    if kinds == {int}:
        return _whole(value)
    return value.astype(np.float64) if kinds <= _NUMBERS else value.tolist()


def _whole(value: Any) -> Value:
    try:
        return value.astype(np.int64)
    except OverflowError:  # a list may hold integers of any size
        return value.tolist()


def _unmasked(value: Any) -> Value:
    return opaque(value) if np.ma.is_masked(value) else np.asarray(value.data)


def _sympy(value: Any) -> Value:
    if not value.is_number:
        return opaque(value)
    if value.is_integer:
        return int(value)
    return float(value) if value.is_real else complex(value)


_BUILT_IN: dict[type, Callable[[Any], Value]] = {
    collections.OrderedDict: dict,
    collections.defaultdict: dict,
    collections.Counter: dict,
    types.MappingProxyType: dict,
    frozenset: set,
    collections.deque: list,
    range: _range,
    type({}.keys()): list,
    type({}.values()): list,
    type({}.items()): list,
    array.array: np.array,
    Fraction: _fraction,
    Decimal: float,
    bytearray: bytes,
    memoryview: bytes,
    np.ndarray: _ndarray,
    np.matrix: np.asarray,
    np.memmap: np.asarray,
    **dict.fromkeys({*np.sctypeDict.values()} - {np.void, np.bytes_}, _scalar),
    # The most frequent types; going through an array would be far slower.
    np.float64: float,
    np.int64: int,
}

# By name: these libraries are loaded only if the notebook imports them.
_LIBRARIES: dict[str, dict[str, Callable[[Any], Value]]] = {
    "pandas": dict.fromkeys(
        (
            *("Series", "DataFrame", "Index", "RangeIndex", "MultiIndex", "CategoricalIndex"),
            *("Categorical", "StringArray", "ArrowStringArray", "BooleanArray", "IntegerArray"),
            *("FloatingArray", "NumpyExtensionArray", "PandasArray"),
        ),
        lambda value: _array(value.to_numpy()),
    ),
    "mpmath": {"mpf": float, "mpc": complex},
    "numpy": {"MaskedArray": _unmasked},
}


def _array(value: Any) -> Value:
    """Convert a library's array to a dtype of the wire."""
    return _ndarray(value) if type(value) is np.ndarray else opaque(value)


def _of_library(kind: type) -> Callable[[Any], Value] | None:
    name = type.__dict__["__module__"].__get__(kind)
    library = name.partition(".")[0] if type(name) is str else ""
    if library == "sympy":
        return _sympy if kind in vars(sys.modules.get(name, types)).values() else None
    convert = _LIBRARIES.get(library, {}).get(kind.__name__)
    if convert is None:
        return None
    homes = (sys.modules.get(library), sys.modules.get(name))
    return convert if any(getattr(at, kind.__name__, None) is kind for at in homes) else None


def _of_namedtuple(kind: type) -> Callable[[Any], Value] | None:
    if kind.__bases__ != (tuple,) or "_fields" not in vars(kind):
        return None
    return lambda value: tuple(tuple.__iter__(value))


def _of_enum(kind: type) -> Callable[[Any], Value] | None:
    """Return the conversion for an enum whose members are numbers or texts, else None."""
    if type(kind) is not enum.EnumMeta or enum.Flag in kind.__mro__:
        return None
    if enum.IntEnum in kind.__mro__:
        return int.__int__
    return str.__str__ if enum.StrEnum in kind.__mro__ else None
