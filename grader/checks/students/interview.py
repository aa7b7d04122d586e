"""A student as an author's own function sees one: functions to call, variables to read.

Every call asks the session. What comes back is plain data in the form of the reference's answer;
anything else ends the interview, as a hang or a death does. An exception of the student's is raised
anew, as the built-in exception that it is, so that ``pytest.raises(ValueError)`` means theirs.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from grader.checks.base import Answering, CheckContext
from grader.checks.students.coercion import as_argument, form_mismatch, in_form_of, settled
from grader.checks.students.local import LocalStudent
from grader.checks.students.proxies import same_call
from grader.checks.verdict_text import WRONG, Failure, call_text, failure_of, wrong_answer
from grader.compare import agree
from grader.compare.shapes import leaves, squeezed
from grader.errors import SandboxError
from grader.guest.protocol.values import Answer, Call, Raised, Returned, Value
from grader.text import safe_text

_FEWEST_QUESTIONS = 1000
_TIMES_THE_REFERENCE = 10


class InterviewOverError(BaseException):
    """Ends an author's function; ``except Exception`` and ``pytest.raises`` let it through."""


class StudentRaisedError(Exception):
    """What a student's function raised is an instance of this, and of its own built-in type.

    Attributes
    ----------
    failure : Failure
        What happened, in words.
    """

    failure: Failure


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, what the student answered and what the reference does; no call: a variable.

    `slack` is what the reference's answer may be off by rounding alone.
    """

    name: str
    call: Call | None
    answer: Answer
    expected: Answer
    slack: Value = None

    @property
    def text(self) -> str:
        """The question, as a student would write it."""
        return f"`{self.name}`" if self.call is None else call_text(self.name, self.call)

    @property
    def agrees(self) -> bool:
        """Whether the student answers as the reference does."""
        if isinstance(self.answer, Returned) and isinstance(self.expected, Returned):
            return agree(self.answer.value, self.expected.value, slack=self.slack)
        if isinstance(self.answer, Raised) and isinstance(self.expected, Raised):
            return self.answer.type_name == self.expected.type_name
        return False


class Interview:
    """Puts the questions of an author's function to a student, and keeps what was said.

    Parameters
    ----------
    student : Answering
        Who is asked.
    context : CheckContext
        Where the reference is.
    known : sequence of Exchange
        An interview of the reference; the same question has the same expected answer.
    squeeze : bool
        Whether axes of length 1 do not matter.

    Attributes
    ----------
    exchanges : list of Exchange
        All questions so far.
    failure : Failure or None
        Why the interview is over.
    broken : SandboxError or None
        What went wrong on our side, where that ended it.
    paused : callable
        Returns a context in which the author's function spends no time of its own.
    """

    def __init__(
        self,
        student: Answering,
        context: CheckContext,
        known: Sequence[Exchange] = (),
        *,
        squeeze: bool = False,
    ) -> None:
        self.exchanges: list[Exchange] = []
        self.failure: Failure | None = None
        self.broken: SandboxError | None = None
        self.paused: Callable[[], AbstractContextManager[None]] = nullcontext
        self._student = student
        self._context = context
        self._known = known
        self._squeeze = squeeze
        self._most = max(_FEWEST_QUESTIONS, _TIMES_THE_REFERENCE * len(known))

    def look_up(self, name: str) -> Any:
        """Return a stand-in for a function of the student's, or the value of a variable."""
        if name not in self._context.defines or name not in self._context.reference:
            raise AttributeError(
                f"`student.{name}`: `defines` lists {', '.join(self._context.defines)}, and "
                "reference.py defines them"
            )
        return self._function(name) if callable(self._context.reference[name]) else self._get(name)

    def _function(self, name: str) -> Callable[..., Value]:
        def ask(*args: Any, **kwargs: Any) -> Value:
            named = tuple((key, as_argument(value)) for key, value in kwargs.items())
            return self._ask(name, Call(tuple(map(as_argument, args)), named))

        return ask

    def _get(self, name: str) -> Value:
        return self._ask(name, None)

    def _ask(self, name: str, call: Call | None) -> Value:
        self._go_on()
        expected, slack = self._expected(name, call)
        try:
            with self.paused():
                answer = _answer_of(self._student, name, call)
        except SandboxError as error:  # which the author's code must not catch
            self.broken = error
            raise InterviewOverError from error
        if self._squeeze and isinstance(answer, Returned) and isinstance(expected, Returned):
            answer = replace(answer, value=squeezed(answer.value, expected.value))
        exchange = Exchange(name, call, answer, expected, slack)
        self.exchanges.append(exchange)
        return self._taken(exchange)

    def _go_on(self) -> None:
        if self.failure is not None or self.broken is not None:  # somebody caught what ended it
            raise InterviewOverError
        if len(self.exchanges) == self._most:
            text = f"leads to more than {self._most} questions; its answers lead nowhere"
            raise self._over(Failure(text, WRONG))

    def _over(self, failure: Failure) -> InterviewOverError:
        self.failure = failure
        return InterviewOverError()

    def _expected(self, name: str, call: Call | None) -> tuple[Answer, Value]:
        """Return what the reference answers, and what that may be off by rounding alone."""
        place = len(self.exchanges)
        known = self._known[place] if place < len(self._known) else None
        if known is not None and known.name == name and _same(known.call, call):
            return known.expected, known.slack
        with self.paused():
            return _answer_of(LocalStudent(self._context.reference), name, call), None

    def _taken(self, exchange: Exchange) -> Value:
        answer, expected = exchange.answer, exchange.expected
        failure = failure_of(answer)
        if isinstance(answer, Raised):
            assert failure is not None
            raise _as_exception(
                answer, Failure(f"{exchange.text} {failure.message}", failure.brief)
            )
        if isinstance(answer, Returned):
            if not isinstance(expected, Returned):
                return answer.value  # where the reference raises there is no form to ask for
            failure = _misfit(answer.value, expected.value, exchange)
            if failure is None:
                value = in_form_of(answer.value, expected.value)
                return settled(value, expected.value, exchange.slack)
        assert failure is not None
        raise self._over(Failure(f"{exchange.text} {failure.message}", failure.brief))


def _misfit(actual: Value, expected: Value, exchange: Exchange) -> Failure | None:
    """Return why an answer cannot stand where the reference's does."""
    mismatch = form_mismatch(actual, expected)
    if mismatch is not None:
        return wrong_answer(actual, mismatch, from_call=exchange.call is not None)
    if _is_complex(in_form_of(actual, expected)) and not _is_complex(expected):
        return Failure("is not real", WRONG)
    return None


def _is_complex(value: Value) -> bool:
    return any(type(leaf) is complex for leaf in leaves(value))


def _answer_of(student: Answering, name: str, call: Call | None) -> Answer:
    return student.get(name) if call is None else student.call(name, [call])[0]


def _same(one: Call | None, other: Call | None) -> bool:
    return one is other if one is None or other is None else same_call(one, other)


def _as_exception(raised: Raised, failure: Failure) -> StudentRaisedError:
    """Return an exception that is caught by the names that the student's would be caught by."""
    names = (raised.type_name, *raised.bases)
    base = next((found for name in names if (found := _BUILT_IN.get(name))), Exception)
    bases = (StudentRaisedError,) if base is Exception else (StudentRaisedError, base)
    kind = type(safe_text(raised.type_name, 60), bases, {"__init__": _init, "__str__": _text})
    error = kind(raised.message)
    assert isinstance(error, StudentRaisedError)
    error.failure = failure
    return error


def _init(self: Exception, message: str) -> None:
    self.args = (message,)  # a UnicodeDecodeError, for one, asks for five arguments


def _text(self: Exception) -> str:
    return str(self.args[0])


# An exception that is none of these, such as SystemExit, is no Exception here either: it would end
# the grader. A group of exceptions cannot be made of a message alone.
_BUILT_IN: Mapping[str, type[Exception]] = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type)
    and issubclass(kind, Exception)
    and not issubclass(kind, BaseExceptionGroup)
}


class StudentProxy:
    """``student`` in an author's function: ``student.f(x)`` asks, ``student.x`` reads."""

    __slots__ = ("_interview",)

    def __init__(self, interview: Interview) -> None:
        self._interview = interview

    def __getattr__(self, name: str) -> Any:
        return self._interview.look_up(name)
