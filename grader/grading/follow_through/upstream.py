"""Proxies of a student's earlier functions, and the conditions that they must meet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from grader.checks.base import Answering
from grader.checks.students.coercion import form_mismatch
from grader.checks.students.proxy import StudentProxy
from grader.checks.students.transcript import TranscriptEntry, put
from grader.checks.verdict_text import Failure
from grader.compare import Tolerance, compare
from grader.compare.shapes import leaves
from grader.guest.protocol.values import Answer, Returned, Value

_MOST_CALLS = 200
_TINY = 1e-100  # a density may underflow to 0 where ours is as small as this
_SAME = Tolerance(rtol=0.0, nan_equal=True)
_DIGITS = 9


class UnsoundError(BaseException):
    """The student's functions do not meet the conditions; no program of the course can catch it."""


class UpstreamProxy(StudentProxy):
    """The student's earlier functions, as the reference calls them."""

    def begin(self) -> None:
        """Refuse too many questions."""
        if len(self.transcript) == _MOST_CALLS:
            raise UnsoundError

    def accept(self, entry: TranscriptEntry) -> Value:
        """Return the answer, if the reference answers too and the student changed no input."""
        answer = entry.answer
        has_changed = isinstance(answer, Returned) and bool(answer.changed)
        if not isinstance(entry.expected, Returned) or has_changed:
            raise UnsoundError
        return super().accept(entry)

    def refusal(self, entry: TranscriptEntry, failure: Failure) -> BaseException:  # noqa: ARG002
        """Return the exception that ends the reference."""
        return UnsoundError()


def require_worth(transcript: Sequence[TranscriptEntry]) -> None:
    """Refuse functions that are right, degenerate, or return their arguments."""
    actual = [_value(entry.answer) for entry in transcript]
    expected = [entry.expected_value for entry in transcript]
    if not any(map(_differs, transcript)) or not is_sound(actual, expected):
        raise UnsoundError
    if _distinct(leaves(list(actual))) * 2 < _distinct(leaves(list(expected))):
        raise UnsoundError
    if any(map(_hands_back, transcript)):
        raise UnsoundError


def require_same(transcript: Sequence[TranscriptEntry], student: Answering) -> None:
    """Ask everything again in the opposite order; refuse functions whose answers differ."""
    for entry in reversed(transcript):
        (again,) = put(entry.query, student)
        if compare(_value(again), _value(entry.answer), _SAME) is not None:
            raise UnsoundError


def _value(answer: Answer) -> Value:
    if not isinstance(answer, Returned) or answer.changed:
        raise UnsoundError
    return answer.value


def _differs(entry: TranscriptEntry) -> bool:
    """Return whether the student's answer is wrong."""
    return compare(_value(entry.answer), entry.expected_value) is not None


def _hands_back(entry: TranscriptEntry) -> bool:
    """Return whether a wrong answer is one of the call's arguments."""
    given = [] if entry.call is None else [*entry.call.args, *dict(entry.call.kwargs).values()]
    actual = _value(entry.answer)
    return _differs(entry) and any(compare(actual, each, _SAME) is None for each in given)


def is_sound(actual: Sequence[Value], expected: Sequence[Value]) -> bool:
    """Return whether values could replace the expected ones."""
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
