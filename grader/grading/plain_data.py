"""Converts what checks prepared to plain data for storage, and back, the same to the bit.

Only objects of the types in a preparation's annotation can be stored: dataclasses, tolerances,
assertions, and the context of the preparation; functions cannot. Reading makes objects of our own
classes only, which the code names, never the data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args, get_type_hints

import numpy as np

from grader.checks.base import Check, CheckContext
from grader.checks.expressions.assertion import Assertion
from grader.checks.verdict_text import RaisedEvidence
from grader.compare import Tolerance
from grader.guest.protocol.values import Call, Opaque, Returned, Value

Classes: TypeAlias = Mapping[str, type]

_PLAIN = (type(None), bool, int, float, complex, str, bytes)
_COLLECTIONS = (list, tuple, set, frozenset)
_MAPPINGS = (dict, MappingProxyType)
_NAMED: Mapping[str, type] = {each.__name__: each for each in _COLLECTIONS}
_NAMED_MAPPINGS: Mapping[str, type] = {each.__name__: each for each in _MAPPINGS}
_DTYPE = re.compile(r"[<>|=]?[biufcUS][0-9]+")
_OURS = "grader."


@dataclass(frozen=True, slots=True)
class _ObjectForm:
    """How an object of one of our classes is stored: its parts, and its constructor."""

    parts: Callable[[Any], list[Value]]
    make: Callable[..., Any]


_FORMS: Mapping[type, _ObjectForm] = {
    Assertion: _ObjectForm(lambda assertion: [assertion.text], Assertion.read),
    RaisedEvidence: _ObjectForm(lambda raised: [raised[1], raised.text], RaisedEvidence),
    Tolerance: _ObjectForm(
        lambda tolerance: [tolerance.model_dump(exclude_unset=True)], Tolerance.model_validate
    ),
}
_WITH_FORM: Set[type] = {*_FORMS, CheckContext}
_MAKERS = {kind.__name__: form.make for kind, form in _FORMS.items()}


class UnstorableError(Exception):
    """A value contains something that cannot be stored as plain data."""


@cache
def classes_of(kind: type[Check]) -> Classes:
    """Return the dataclasses in the preparation of a kind of check, by their names."""
    found: dict[str, type] = {each.__qualname__: each for each in (Call, Opaque, Returned)}
    seen: set[type] = set()
    # The code of a kind of another package may change without our noticing.
    ours = kind.__module__.startswith(_OURS)
    hints = [get_type_hints(kind.prepare).get("return")] if ours else []
    while hints:
        hint = hints.pop()
        hints += get_args(hint)
        if not isinstance(hint, type) or not is_dataclass(hint) or hint in (seen | _WITH_FORM):
            continue
        seen.add(hint)
        found.setdefault(hint.__qualname__, hint)
        hints += get_type_hints(hint).values()
    return found


def to_plain(value: Any, classes: Classes, context: CheckContext | None = None) -> Value:
    """Return a value as lists, numbers, texts and bytes.

    It may contain objects of the dataclasses `classes`, and the `context`. Raise UnstorableError if
    it contains anything else.
    """
    return _PlainWriter(classes, context).write(value)


class _PlainWriter:
    def __init__(self, classes: Classes, context: CheckContext | None) -> None:
        self._classes = classes
        self._context = context
        self._arrays: dict[int, int] = {}
        self._objects: dict[int, int] = {}

    def write(self, value: Any) -> Value:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind in _COLLECTIONS:
            return [kind.__name__, *map(self.write, value)]
        if kind in _MAPPINGS:
            return [kind.__name__, *(self.write(each) for pair in value.items() for each in pair)]
        if kind in _FORMS:
            return [kind.__name__, *_FORMS[kind].parts(value)]
        return (
            self._array(value)
            if isinstance(value, (np.ndarray, np.generic))
            else self._object(value)
        )

    def _array(self, value: np.ndarray | np.generic) -> Value:
        if isinstance(value, np.generic):
            return ["number", *_parts_of(np.asarray(value))]
        if type(value) is not np.ndarray:
            raise UnstorableError(
                f"an array of type {type(value).__name__} has more than its numbers"
            )
        number = self._arrays.setdefault(id(value), len(self._arrays))
        new = number == len(self._arrays) - 1
        # A check may test whether two arrays are identical.
        return ["array", number, *(_parts_of(value) if new else [])]

    def _object(self, value: Any) -> Value:
        kind = type(value)
        if value is self._context:
            return ["context"]
        if id(value) in self._objects:  # a call is the key of its answer, and equal only to itself
            return ["same", self._objects[id(value)]]
        if self._classes.get(kind.__qualname__) is not kind:
            raise UnstorableError(f"a value of type {kind.__name__} is not plain data")
        kept = [self.write(getattr(value, name)) for name in _given(kind)]
        self._objects[id(value)] = len(self._objects)
        return ["object", kind.__qualname__, *kept]


def _given(kind: type) -> list[str]:
    """Return the names of the constructor's fields of a dataclass."""
    return [each.name for each in fields(kind) if each.init]


def _parts_of(array: np.ndarray) -> list[Value]:
    flags = array.flags
    if not _DTYPE.fullmatch(array.dtype.str) or not (flags.c_contiguous or flags.f_contiguous):
        raise UnstorableError(f"an array of type {array.dtype}, in this layout, cannot be stored")
    order: Literal["C", "F"] = "C" if flags.c_contiguous else "F"
    return [array.dtype.str, list(array.shape), array.tobytes(order), order, flags.writeable]


def from_plain(
    value: Value, classes: Classes, context: Callable[[], CheckContext] | None = None
) -> Any:
    """Return the value that `to_plain` converted; `context` returns the context, if it contains it.

    Raise ValueError if `value` is not a result of `to_plain`.
    """
    try:
        return _PlainReader(classes, context).read(value)
    except (AttributeError, IndexError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"this is not what was stored: {error}") from error


class _PlainReader:
    def __init__(self, classes: Classes, context: Callable[[], CheckContext] | None) -> None:
        self._classes = classes
        self._context = context
        self._arrays: list[np.ndarray] = []
        self._objects: list[Any] = []

    def read(self, value: Value) -> Any:
        if type(value) is not list:
            return value
        tag, *parts = value
        if tag in _MAKERS:
            return _MAKERS[tag](*parts)
        if tag in ("array", "number"):
            return self._array(*parts) if tag == "array" else _array_of(*parts)[()]
        if tag == "context" and self._context is not None:
            return self._context()
        if tag == "object":
            kind, kept = self._classes[parts[0]], map(self.read, parts[1:])
            self._objects.append(kind(**dict(zip(_given(kind), kept, strict=True))))
            return self._objects[-1]
        if tag == "same":
            return self._objects[parts[0]]
        items = list(map(self.read, parts))
        if tag in _NAMED_MAPPINGS:
            return _NAMED_MAPPINGS[tag](dict(zip(items[::2], items[1::2], strict=True)))
        return _NAMED[tag](items)

    def _array(self, number: int, *parts: Any) -> np.ndarray:
        if parts:
            self._arrays.append(_array_of(*parts))
        return self._arrays[number]


def _array_of(
    dtype: str, shape: list[int], content: bytes, order: Literal["C", "F"], writeable: bool
) -> np.ndarray:
    if not _DTYPE.fullmatch(dtype):
        raise ValueError(f"`{dtype}` is not a type of numbers")
    array = np.ndarray(shape, dtype, bytearray(content), order=order).copy("K")
    array.flags.writeable = writeable
    return array
