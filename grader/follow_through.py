"""Paying for one slip once: failed checks are judged again with the student's earlier functions.

Where an exercise builds on another whose function the student got wrong, its own answers may be
right in all but that. So the reference is run again with the student's functions in place of the
earlier references', each a stand-in that asks the student's session, and the answers that the
student has already given are held against what that gives. Agreement earns a share of the points.

A student owns the process that answers, so the functions that are asked here must be worth it:

- They are asked in forks of the session that were asked nothing else, after everything else is
  judged; what the student answered before is not asked again.
- They are asked twice, the second time in another fork and in the opposite order, and must answer
  the same.
- They must differ from the reference's where they are asked, in an exercise that was not fully
  right, and yet give answers of its form, finite and not 0 where its are, and no fewer than half as
  many different ones. They must not hand back an argument.
- What comes of them must be of the form of the expected values, finite and not 0 where those are,
  and no fewer than half as many different ones: else the right answer would be one to guess.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias

from grader.checks.base import Answering, Student, Verdict
from grader.checks.form import as_argument, form_mismatch, in_form_of
from grader.checks.local import LocalStudent, alarms_work, paused
from grader.checks.proxies import same_call
from grader.checks.work import Work
from grader.compare import Tolerance, compare
from grader.compare.shapes import leaves
from grader.course import load_program
from grader.errors import CheckError, SandboxError
from grader.inside.alarm import Alarm
from grader.preparation import PreparedCheck, PreparedExercise
from grader.values import Answer, Call, Returned, Value

__all__ = ["Failure", "Fork", "Recorder", "earned_shares"]

_MOST_CALLS = 200
_LIMIT_S = 10.0
_TINY = 1e-100  # a density may well underflow to 0 where ours is as small as this
_SAME = Tolerance(rtol=0.0, nan_equal=True)
_DIGITS = 9
Fork: TypeAlias = Callable[[str], AbstractContextManager[Answering]]
"""Opens a fork of the student's session, by the id of the exercise that it is asked for."""


class _UnsoundError(BaseException):
    """The student's functions are not worth a share; no program of the course can catch it."""


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What was asked of one name, and what was answered; no calls: a variable."""

    name: str
    calls: tuple[Call, ...] | None
    answers: tuple[Answer, ...]


class _OtherQuestionError(Exception):
    """A check asks something else than it did: what it asks hangs on the earlier functions."""


class Recorder:
    """A student whose answers are kept.

    Attributes
    ----------
    exchanges : list
        All questions and answers so far.
    """

    def __init__(self, student: Student) -> None:
        self.exchanges: list[_Exchange] = []
        self._student = student

    @property
    def work(self) -> Work:
        """What was written for the exercise."""
        return self._student.work

    def get(self, name: str) -> Answer:
        """Read a variable."""
        answer = self._student.get(name)
        self.exchanges.append(_Exchange(name, None, (answer,)))
        return answer

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        """Call a function once a case."""
        answers = self._student.call(name, cases)
        self.exchanges.append(_Exchange(name, tuple(cases), tuple(answers)))
        return answers

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        """Call a function once a case, or read a variable, for the figure."""
        answers = self._student.draw(name, cases)
        calls = None if cases is None else tuple(cases)
        self.exchanges.append(_Exchange(name, calls, tuple(answers)))
        return answers


class _Replay:
    """Gives the answers that were kept to the same questions, and no others."""

    work = Work()

    def __init__(self, exchanges: Sequence[_Exchange]) -> None:
        self._rest = iter(exchanges)

    def get(self, name: str) -> Answer:
        return self._answers(name, None)[0]

    def call(self, name: str, cases: Sequence[Call]) -> Sequence[Answer]:
        return self._answers(name, tuple(cases))

    def draw(self, name: str, cases: Sequence[Call] | None) -> Sequence[Answer]:
        return self._answers(name, None if cases is None else tuple(cases))

    def _answers(self, name: str, calls: tuple[Call, ...] | None) -> tuple[Answer, ...]:
        kept = next(self._rest, None)
        if kept is None or kept.name != name or not _same_calls(kept.calls, calls):
            raise _OtherQuestionError(name)
        return kept.answers


def _same_calls(one: tuple[Call, ...] | None, other: tuple[Call, ...] | None) -> bool:
    if one is None or other is None:
        return one is other
    return len(one) == len(other) and all(map(same_call, one, other))


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that failed, and what the student was asked and answered in it."""

    ready: PreparedCheck
    verdict: Verdict
    exchanges: tuple[_Exchange, ...]


def earned_shares(
    ready: PreparedExercise, failures: Sequence[Failure], fork: Fork, right: Collection[str]
) -> dict[str, Verdict]:
    """Return the failures that are right but for an earlier slip, with their share of the points.

    Parameters
    ----------
    ready : PreparedExercise
        The exercise.
    failures : sequence of Failure
        Those of its checks that failed.
    fork : callable
        Opens a fork of the student's session that was asked nothing yet, for an exercise's id.
    right : collection of str
        Ids of the exercises that the student has fully right; their functions are no excuse.

    Returns
    -------
    dict of str to Verdict
        By the name of the check.
    """
    share = ready.exercise.follow_through
    names = [name for name, exercise in ready.upstream.items() if exercise not in right]
    again = [failure for failure in failures if _may_be_right(failure)]
    if share is None or not names or not again:
        return {}
    upstream = _Upstream({name: ready.given[name] for name in names})
    try:
        with fork(ready.exercise.id) as student:
            reference = _reworked_reference(ready, upstream.stand_ins(student))
            passed = [each for each in again if _passes(each, reference)]
        upstream.require_worth()
        if passed:
            with fork(ready.exercise.id) as student:
                upstream.require_same(student)
    except (_UnsoundError, CheckError):
        if upstream.broken is not None:
            raise upstream.broken from None
        return {}
    return {each.ready.check.name: _with_share(each, share, upstream.blamed) for each in passed}


def _may_be_right(failure: Failure) -> bool:
    verdict = failure.verdict
    return (
        not (verdict.passed or verdict.review or verdict.undecided or verdict.share)
        and failure.ready.bench is not None
        and failure.ready.check.reworked() is not None
    )


def _reworked_reference(
    ready: PreparedExercise, stand_ins: Mapping[str, Callable[..., Value]]
) -> Mapping[str, Any]:
    """Run the reference once more, with the student's functions in place of earlier ones."""
    alarm = Alarm(_LIMIT_S)
    with alarm if alarms_work() else contextlib.nullcontext():
        return load_program(ready.exercise.reference, {**ready.given, **stand_ins})
    raise _UnsoundError


def _passes(failure: Failure, reference: Mapping[str, Any]) -> bool:
    """Tell whether the kept answers are right with the reworked reference, and that is sound."""
    check, bench = failure.ready.check.reworked(), failure.ready.bench
    assert check is not None
    assert bench is not None
    try:
        prepared = check.prepare(replace(bench, reference=reference, limit_s=_LIMIT_S))
        expected = failure.ready.check.expected_values(failure.ready.prepared)
        if not _is_sound(check.expected_values(prepared), expected):
            return False
        return check.judge(prepared, _Replay(failure.exchanges)).passed
    except Exception:  # whatever the check meets now, it met nothing like it with our reference
        return False


def _with_share(failure: Failure, share: Decimal, blamed: Sequence[str]) -> Verdict:
    names = " and ".join(f"`{name}`" for name in blamed)
    are = "is" if len(blamed) == 1 else "are"
    percent = f"{100 * share:f}".rstrip("0").rstrip(".")
    told = f"It is right with your own {names}, which {are} wrong: {percent} % of the points."
    verdict = failure.verdict
    return replace(
        verdict,
        share=share,
        message=f"{verdict.message} {told}",
        brief=f"{verdict.brief} {told}",
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call of an earlier function, the student's answer and the reference's."""

    name: str
    call: Call
    actual: Value
    expected: Value

    @property
    def differs(self) -> bool:
        return compare(self.actual, self.expected) is not None


class _Upstream:
    """The student's earlier functions: asks them, and keeps what they answer.

    Parameters
    ----------
    reference : Mapping of str to callable
        The reference's, by name.

    Attributes
    ----------
    broken : SandboxError or None
        What went wrong on our side; the program that asked could have caught it.
    """

    def __init__(self, reference: Mapping[str, Callable[..., Any]]) -> None:
        self.broken: SandboxError | None = None
        self._reference = LocalStudent(reference)
        self._names = tuple(reference)
        self._asked: list[_Asked] = []

    @property
    def blamed(self) -> tuple[str, ...]:
        """The functions that differ from the reference's."""
        return tuple(dict.fromkeys(each.name for each in self._asked if each.differs))

    def stand_ins(self, student: Answering) -> dict[str, Callable[..., Value]]:
        """Return functions that ask the student."""
        return {name: self._stand_in(name, student) for name in self._names}

    def _stand_in(self, name: str, student: Answering) -> Callable[..., Value]:
        def ask(*args: Any, **kwargs: Any) -> Value:
            if len(self._asked) == _MOST_CALLS:
                raise _UnsoundError
            named = tuple((key, as_argument(value)) for key, value in kwargs.items())
            call = Call(tuple(map(as_argument, args)), named)
            actual, expected = self._both(student, name, call)
            if form_mismatch(actual, expected) is not None:
                raise _UnsoundError
            self._asked.append(_Asked(name, call, actual, expected))
            return in_form_of(actual, expected)

        return ask

    def _both(self, student: Answering, name: str, call: Call) -> tuple[Value, Value]:
        try:
            with paused():
                return _returned(student, name, call), _returned(self._reference, name, call)
        except SandboxError as error:
            self.broken = error
            raise _UnsoundError from error

    def require_worth(self) -> None:
        """Refuse functions that are right, degenerate, or nothing but their arguments."""
        actual = [each.actual for each in self._asked]
        expected = [each.expected for each in self._asked]
        if not self.blamed or not _is_sound(actual, expected):
            raise _UnsoundError
        if _distinct(leaves(list(actual))) * 2 < _distinct(leaves(list(expected))):
            raise _UnsoundError
        if any(_hands_back(each) for each in self._asked):
            raise _UnsoundError

    def require_same(self, student: Answering) -> None:
        """Ask all again, in the opposite order; refuse functions that answer anything else."""
        for each in reversed(self._asked):
            again = _returned(student, each.name, each.call)
            if compare(again, each.actual, _SAME) is not None:
                raise _UnsoundError


def _returned(student: Answering, name: str, call: Call) -> Value:
    (answer,) = student.call(name, [call])
    if not isinstance(answer, Returned) or answer.changed:
        raise _UnsoundError
    return answer.value


def _hands_back(asked: _Asked) -> bool:
    """Tell whether an answer is one of its own arguments, and should not be."""
    given = [*asked.call.args, *dict(asked.call.kwargs).values()]
    return asked.differs and any(compare(asked.actual, each, _SAME) is None for each in given)


def _is_sound(actual: Sequence[Value], expected: Sequence[Value]) -> bool:
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
