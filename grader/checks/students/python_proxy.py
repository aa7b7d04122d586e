"""A student as an author's own function sees one: functions to call, variables to read.

An answer that is not in the form of the reference's ends the author's function, as a hang or a
death does. An exception of the student's is raised as the built-in exception that it is, so that
``pytest.raises(ValueError)`` means theirs.
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
    """Ends an author's function; ``except Exception`` and ``pytest.raises`` let it through."""


class StudentRaisedError(Exception):
    """What a student's function raised is an instance of this, and of its own built-in type.

    Attributes
    ----------
    failure : Failure
        What happened, in words.
    """

    failure: Failure


class PythonProxy(StudentProxy):
    """A student's names in an author's own function, which may ask a limited number of questions.

    Parameters
    ----------
    context : CheckContext
        Where the reference is.

    Attributes
    ----------
    failure : Failure or None
        Why no more is asked.
    broken : SandboxError or None
        What went wrong on our side, where that ended it.
    paused : callable
        Returns a context in which the author's function spends no time of its own.
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
        """Return a stand-in for a function of the student's, or the value of a variable."""
        if name not in self._context.defines or name not in self._context.reference:
            raise AttributeError(
                f"`student.{name}`: `defines` lists {', '.join(self._context.defines)}, and "
                "reference.py defines them"
            )
        return super().look_up(name)

    def begin(self) -> None:
        """Refuse to go on once it is over, and after too many questions."""
        if self.failure is not None or self.broken is not None:  # somebody caught what ended it
            raise AskingOverError
        if len(self.transcript) == self._most:
            text = f"leads to more than {self._most} questions; its answers lead nowhere"
            raise self._over(Failure(text, WRONG))

    def expected_answer(self, query: Query) -> Answer:
        """Return what the reference answers, which takes none of the function's own time."""
        with self.paused():
            return super().expected_answer(query)

    def answer(self, query: Query) -> Answer:
        """Return what the student answers, which takes none of the function's own time."""
        try:
            with self.paused():
                return super().answer(query)
        except SandboxError as error:  # which the author's code must not catch
            self.broken = error
            raise AskingOverError from error

    def refusal(self, entry: TranscriptEntry, failure: Failure) -> BaseException:
        """Return the student's own exception, or what ends the author's function."""
        if isinstance(entry.answer, Raised):
            return _as_exception(entry.answer, failure)
        return self._over(failure)

    def _over(self, failure: Failure) -> AskingOverError:
        self.failure = failure
        return AskingOverError()


def agrees(entry: TranscriptEntry) -> bool:
    """Tell whether the student answers as the reference does."""
    answer, expected = entry.answer, entry.expected
    if isinstance(answer, Returned) and isinstance(expected, Returned):
        return agree(answer.value, expected.value, slack=entry.slack)
    if isinstance(answer, Raised) and isinstance(expected, Raised):
        return answer.type_name == expected.type_name
    return False


def _as_exception(raised: Raised, failure: Failure) -> StudentRaisedError:
    """Return an exception that is caught by the names that the student's would be caught by."""
    names = (raised.type_name, *raised.bases)
    base = next((found for name in names if (found := _BUILT_IN.get(name))), Exception)
    bases = (StudentRaisedError,) if base is Exception else (StudentRaisedError, base)
    kind = type(safe_text(raised.type_name, 60), bases, {"__init__": _init, "__str__": _text})
    error: StudentRaisedError = kind(raised.message)
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


class StudentNames:
    """``student`` in an author's function: ``student.f(x)`` asks, ``student.x`` reads."""

    __slots__ = ("_proxy",)

    def __init__(self, proxy: PythonProxy) -> None:
        self._proxy = proxy

    def __getattr__(self, name: str) -> Any:
        return self._proxy.look_up(name)
