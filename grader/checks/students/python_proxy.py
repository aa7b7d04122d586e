"""The student as an author's function sees it: functions to call, variables to read.

An answer that does not have the form of the reference's ends the author's function, and so does a
call that hangs or dies. An exception of the student's code is raised again as the same built-in
exception, so that ``pytest.raises(ValueError)`` catches it.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from grader.checks.base import Answering, CheckContext
from grader.checks.students.proxy import StudentProxy
from grader.checks.students.transcript import TranscriptEntry
from grader.checks.verdict_text import WRONG, Failure
from grader.compare import agree
from grader.errors import SandboxError
from grader.guest.protocol.values import Answer, Query, Raised, Returned
from grader.text import safe_text

_FEWEST_QUESTIONS = 1000
_TIMES_THE_REFERENCE = 10


class AskingOverError(BaseException):
    """Ends an author's function; ``except Exception`` and ``pytest.raises`` do not catch it."""


class StudentRaisedError(Exception):
    """An exception of a student's function; it is also an instance of its own built-in type."""

    failure: Failure
    """The text about it."""


class PythonProxy(StudentProxy):
    """A student's names in an author's function, which may ask a limited number of questions.

    Attributes
    ----------
    failure : Failure or None
        Why asking ended, if an answer ended it.
    broken : SandboxError or None
        The error of the sandbox, if that ended it.
    paused : callable
        Returns a context whose time does not count against the author's function.
    """

    wants_real = True

    def __init__(
        self,
        student: Answering,
        context: CheckContext,
        known: Sequence[TranscriptEntry] = (),
        *,
        squeeze: bool = False,
    ) -> None:
        super().__init__(student, context.reference, known, squeeze=squeeze)
        self.failure: Failure | None = None
        self.broken: SandboxError | None = None
        self.paused: Callable[[], AbstractContextManager[None]] = nullcontext
        self._context = context
        self._most = max(_FEWEST_QUESTIONS, _TIMES_THE_REFERENCE * len(known))

    def look_up(self, name: str) -> Any:
        """Return a stand-in for a student's function, or the value of a variable."""
        if name not in self._context.defines or name not in self._context.reference:
            raise AttributeError(
                f"`student.{name}`: `defines` lists {', '.join(self._context.defines)}, and "
                "reference.py defines them"
            )
        return super().look_up(name)

    def begin(self) -> None:
        """Refuse any question after asking has ended, and after too many questions."""
        if self.failure is not None or self.broken is not None:  # the author's code caught it
            raise AskingOverError
        if len(self.transcript) == self._most:
            text = f"The check was stopped after {self._most} questions: it does not end"
            raise self._over(Failure(text, WRONG))

    def expected_answer(self, query: Query) -> Answer:
        """Return the reference's answer, outside the function's own time."""
        with self.paused():
            return super().expected_answer(query)

    def answer(self, query: Query) -> Answer:
        """Return the student's answer, outside the function's own time."""
        try:
            with self.paused():
                return super().answer(query)
        except SandboxError as error:  # the author's code must not catch it
            self.broken = error
            raise AskingOverError from error

    def refusal(self, entry: TranscriptEntry, failure: Failure) -> BaseException:
        """Return the student's own exception, or the one that ends the author's function."""
        if isinstance(entry.answer, Raised):
            return _as_exception(entry.answer, failure)
        return self._over(failure)

    def _over(self, failure: Failure) -> AskingOverError:
        self.failure = failure
        return AskingOverError()


def agrees(entry: TranscriptEntry) -> bool:
    """Return whether the student's answer agrees with the reference's."""
    answer, expected = entry.answer, entry.expected
    if isinstance(answer, Returned) and isinstance(expected, Returned):
        return agree(answer.value, expected.value, slack=entry.slack)
    if isinstance(answer, Raised) and isinstance(expected, Raised):
        return answer.type_name == expected.type_name
    return False


def _as_exception(raised: Raised, failure: Failure) -> StudentRaisedError:
    """Return an exception that the same ``except`` clauses catch as the student's."""
    names = (raised.type_name, *raised.bases)
    base = next((found for name in names if (found := _BUILT_IN.get(name))), Exception)
    bases = (StudentRaisedError,) if base is Exception else (StudentRaisedError, base)
    kind = type(safe_text(raised.type_name, 60), bases, {"__init__": _init, "__str__": _text})
    error: StudentRaisedError = kind(raised.message)
    error.failure = failure
    return error


def _init(self: Exception, message: str) -> None:
    self.args = (message,)  # some exceptions, such as UnicodeDecodeError, need more arguments


def _text(self: Exception) -> str:
    return str(self.args[0])


# All others, such as SystemExit, become a plain Exception, since they could end the grader. A group
# of exceptions needs more than a message.
_BUILT_IN: Mapping[str, type[Exception]] = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type)
    and issubclass(kind, Exception)
    and not issubclass(kind, BaseExceptionGroup)
}


class StudentNames:
    """``student`` in an author's function: ``student.f(x)`` asks, ``student.x`` reads."""

    __slots__ = ("_proxy",)

    def __init__(self, proxy: PythonProxy) -> None:
        self._proxy = proxy

    def __getattr__(self, name: str) -> Any:
        return self._proxy.look_up(name)
