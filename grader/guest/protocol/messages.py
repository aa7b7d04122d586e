"""Converts answers to plain values and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .encoding import Encoded, encode
from .frames import WireError
from .values import Answer, Died, Missing, Raised, Returned, TimedOut, Value


def answer_to(answer: Answer) -> Value:
    """Return an answer as a plain value."""
    match answer:
        case Returned(value, changed):
            return ("returned", value, changed)
        case Raised(type_name, message, bases, cell, line):
            return ("raised", type_name, message, bases, cell, line)
        case Missing(name, callable_wanted):
            return ("missing", name, callable_wanted)
        case TimedOut(seconds, limit):
            return ("timed_out", seconds, limit)
        case Died():
            raise TypeError("a process that died does not say so itself")


def with_printed(answer: Encoded, printed: str) -> Encoded:
    """Return an answer with the output of the call."""
    return encode((_PRINTED, printed, answer))


def answer_from(value: Value) -> Answer:
    """Return the answer that a session sent, after checking every part of it.

    Raises
    ------
    WireError
        It is not an answer.
    """
    if type(value) is not tuple or not value or type(value[0]) is not str:
        raise WireError("an answer is not a named tuple of parts")
    if value[0] == _PRINTED:
        return _answer_heard(*value[1:])
    reader = _READERS.get(value[0])
    if reader is None:
        raise WireError(f"an unknown kind of answer {value[0][:20]!r}")
    kind, types = reader
    parts = value[1:]
    if kind is Returned and len(parts) == 2 and type(parts[1]) is tuple and not parts[1]:
        return Returned(parts[0])  # fully checked
    if len(parts) != len(types) or not all(map(_fits, parts, types)):
        raise WireError(f"an answer {value[0]!r} has the wrong parts")
    return kind(*parts)


def _answer_heard(*parts: Value) -> Answer:
    """Return an answer with printed output; see `answer_from`."""
    if len(parts) == 2 and _fits(parts[0], str):
        answer = None if _is_heard(parts[1]) else answer_from(parts[1])
        if isinstance(answer, (Returned, Raised, TimedOut)):
            return replace(answer, printed=parts[0])
    raise WireError("what is said to be printed is not")


def _is_heard(value: Value) -> bool:
    """Return whether this is an answer with printed output; they do not nest."""
    return type(value) is tuple and bool(value) and type(value[0]) is str and value[0] == _PRINTED


_PRINTED = "printed"
_TEXT_CHARS = 500


def _fits(part: Value, kind: Any) -> bool:
    """Return whether `part` has type `kind`; texts and tuples of texts must also be short."""
    if kind is object:
        return True
    if kind is tuple:
        return type(part) is tuple and len(part) <= 256 and all(_fits(one, str) for one in part)
    if type(part) is not kind:
        return False
    return kind is not str or len(part) <= _TEXT_CHARS


_READERS: dict[str, tuple[Callable[..., Answer], tuple[Any, ...]]] = {
    "returned": (Returned, (object, tuple)),
    "raised": (Raised, (str, str, tuple, int, int)),
    "missing": (Missing, (str, bool)),
    "timed_out": (TimedOut, (float, str)),
}
