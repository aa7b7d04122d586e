"""A student's earlier functions: asked on our behalf, and whether that is worth a share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks.base import Answering
from grader.checks.students.coercion import as_argument, form_mismatch, in_form_of
from grader.checks.students.local import LocalStudent
from grader.compare import Tolerance, compare
from grader.compare.shapes import leaves
from grader.guest.protocol.values import Call, Returned, Value

_MOST_CALLS = 200
_TINY = 1e-100  # a density may well underflow to 0 where ours is as small as this
_SAME = Tolerance(rtol=0.0, nan_equal=True)
_DIGITS = 9


class UnsoundError(BaseException):
    """The student's functions are not worth a share; no program of the course can catch it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of an earlier function, the student's answer and the reference's."""

    name: str
    call: Call
    actual: Value
    expected: Value

    @property
    def differs(self) -> bool:
        """Whether the student is wrong."""
        return compare(self.actual, self.expected) is not None


class Upstream:
    """The student's earlier functions: asks them, and keeps what they answer.

    Parameters
    ----------
    reference : Mapping of str to callable
        The reference's, by name.

    Attributes
    ----------
    asked : list of Asked
        What was asked so far.
    """

    def __init__(self, reference: Mapping[str, Callable[..., Any]]) -> None:
        self.asked: list[Asked] = []
        self._reference = LocalStudent(reference)
        self._names = tuple(reference)

    @property
    def blamed(self) -> tuple[str, ...]:
        """The functions that differ from the reference's."""
        return tuple(dict.fromkeys(each.name for each in self.asked if each.differs))

    def stand_ins(self, student: Answering) -> dict[str, Callable[..., Value]]:
        """Return functions that ask the student."""
        return {name: self._stand_in(name, student) for name in self._names}

    def _stand_in(self, name: str, student: Answering) -> Callable[..., Value]:
        def ask(*args: Any, **kwargs: Any) -> Value:
            if len(self.asked) == _MOST_CALLS:
                raise UnsoundError
            named = tuple((key, as_argument(value)) for key, value in kwargs.items())
            call = Call(tuple(map(as_argument, args)), named)
            actual = _returned(student, name, call)
            expected = _returned(self._reference, name, call)
            if form_mismatch(actual, expected) is not None:
                raise UnsoundError
            self.asked.append(Asked(name, call, actual, expected))
            return in_form_of(actual, expected)

        return ask

    def require_worth(self) -> None:
        """Refuse functions that are right, degenerate, or nothing but their arguments."""
        actual = [each.actual for each in self.asked]
        expected = [each.expected for each in self.asked]
        if not self.blamed or not is_sound(actual, expected):
            raise UnsoundError
        if _distinct(leaves(list(actual))) * 2 < _distinct(leaves(list(expected))):
            raise UnsoundError
        if any(_hands_back(each) for each in self.asked):
            raise UnsoundError

    def require_same(self, student: Answering) -> None:
        """Ask all again, in the opposite order; refuse functions that answer anything else."""
        for each in reversed(self.asked):
            again = _returned(student, each.name, each.call)
            if compare(again, each.actual, _SAME) is not None:
                raise UnsoundError


def _returned(student: Answering, name: str, call: Call) -> Value:
    (answer,) = student.call(name, [call])
    if not isinstance(answer, Returned) or answer.changed:
        raise UnsoundError
    return answer.value


def _hands_back(asked: Asked) -> bool:
    """Tell whether an answer is one of its own arguments, and should not be."""
    given = [*asked.call.args, *dict(asked.call.kwargs).values()]
    return asked.differs and any(compare(asked.actual, each, _SAME) is None for each in given)


def is_sound(actual: Sequence[Value], expected: Sequence[Value]) -> bool:
    """Tell whether values could stand in place of those that are expected."""
    if len(actual) != len(expected) or not expected:
        return False
    if any(
        form_mismatch(one, other) is not None for one, other in zip(actual, expected, strict=True)
    ):
        return False
    pairs = zip(leaves(list(actual)), leaves(list(expected)), strict=True)
    return all(_is_sound_number(one, other) for one, other in pairs) and (
        _distinct(map(repr, map(_rounded, actual))) * 2
        >= _distinct(map(repr, map(_rounded, expected)))
    )


def _is_sound_number(actual: Value, expected: Value) -> bool:
    if type(actual) is not float or type(expected) is not float:
        return True
    if math.isfinite(expected) and not math.isfinite(actual):
        return False
    return actual != 0 or abs(expected) <= _TINY


def _rounded(value: Value) -> list[Value]:
    return [_short(leaf) for leaf in leaves(value)]


def _short(leaf: Value) -> Value:
    return float(f"{leaf:.{_DIGITS}g}") if type(leaf) is float else leaf


def _distinct(values: Iterable[Value]) -> int:
    return len({repr(_short(value)) for value in values})
