"""What checks prepared as plain data that can be kept, and back, the same to the bit.

Of objects only those can be kept that the type of a check's preparation names: its dataclasses,
tolerances and assertions, and the context that it was prepared with. A function cannot. What is
read is made of our own classes alone, which are found by what the code says, never by the data.
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
    """How an object of one of our classes is kept: what it is made of, and how it is made."""

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
    """A value holds something that is no plain data."""


@cache
def classes_of(kind: type[Check]) -> Classes:
    """Return the dataclasses that a kind's preparation is made of, by their names."""
    found: dict[str, type] = {each.__qualname__: each for each in (Call, Opaque, Returned)}
    seen: set[type] = set()
    # Of a kind of another package we do not know when its code changes.
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
    """Return a value in lists, numbers, texts and bytes alone.

    Parameters
    ----------
    value : object
        What a check prepared.
    classes : Mapping of str to type
        The dataclasses that may be in it.
    context : CheckContext, optional
        The one that it may hold.

    Raises
    ------
    UnstorableError
        It holds something else.
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
                f"an array of type {type(value).__name__} is more than its numbers"
            )
        number = self._arrays.setdefault(id(value), len(self._arrays))
        new = number == len(self._arrays) - 1
        # A check may look whether two arrays are one and the same.
        return ["array", number, *(_parts_of(value) if new else [])]

    def _object(self, value: Any) -> Value:
        kind = type(value)
        if value is self._context:
            return ["context"]
        if id(value) in self._objects:  # a call is the key of its answer, and equal to itself alone
            return ["same", self._objects[id(value)]]
        if self._classes.get(kind.__qualname__) is not kind:
            raise UnstorableError(f"a value of type {kind.__name__} is no plain data")
        kept = [self.write(getattr(value, name)) for name in _given(kind)]
        self._objects[id(value)] = len(self._objects)
        return ["object", kind.__qualname__, *kept]


def _given(kind: type) -> list[str]:
    """Return the names of what an object of a dataclass is made with."""
    return [each.name for each in fields(kind) if each.init]


def _parts_of(array: np.ndarray) -> list[Value]:
    flags = array.flags
    if not _DTYPE.fullmatch(array.dtype.str) or not (flags.c_contiguous or flags.f_contiguous):
        raise UnstorableError(f"an array of type {array.dtype} is not kept as it lies in memory")
    order: Literal["C", "F"] = "C" if flags.c_contiguous else "F"
    return [array.dtype.str, list(array.shape), array.tobytes(order), order, flags.writeable]


def from_plain(
    value: Value, classes: Classes, context: Callable[[], CheckContext] | None = None
) -> Any:
    """Return what `to_plain` was given.

    Parameters
    ----------
    value : Value
        What it returned.
    classes : Mapping of str to type
        As they were given to it.
    context : callable, optional
        Returns the context, where the value holds it.

    Raises
    ------
    ValueError
        It is nothing that `to_plain` returns.
    """
    try:
        return _PlainReader(classes, context).read(value)
    except (AttributeError, IndexError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"this is not what was kept: {error}") from error


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
        raise ValueError(f"`{dtype}` is no type of numbers")
    array = np.ndarray(shape, dtype, bytearray(content), order=order).copy("K")
    array.flags.writeable = writeable
    return array
