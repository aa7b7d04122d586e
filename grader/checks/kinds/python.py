"""An author's own function judges: ``check(student, reference, rng)`` in ``checks.py``.

It runs on the trusted side. Assertions, `numpy.testing` and `pytest.raises` say what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar

from pydantic import Field, model_validator

from grader.checks.base import Check, CheckContext, Student, Verdict, failed, passed
from grader.checks.cases import PythonName
from grader.checks.noise import Noise
from grader.checks.students.local import LocalStudent, quiet
from grader.checks.students.python_proxy import (
    AskingOverError,
    PythonProxy,
    StudentNames,
    StudentRaisedError,
    agrees,
)
from grader.checks.students.transcript import TranscriptEntry
from grader.checks.text.assertions import assertion_text, is_assertion, line_in_function
from grader.checks.verdict_text import WRONG, Failure, evidence_of, sentence, way_of
from grader.compare import Tolerance
from grader.errors import CheckError
from grader.limits.own_alarm import OwnAlarm
from grader.text import safe_text

_OWN_LIMIT_S = 10.0
_MOST_EVIDENCE = 1000


@dataclass(frozen=True, slots=True)
class PreparedPython:
    """Where the author's function is, and what the reference was asked."""

    context: CheckContext
    known: tuple[TranscriptEntry, ...]


class PythonCheck(Check):
    """An author's own function does not object."""

    kind: ClassVar[str] = "python"
    heeds_shape: ClassVar[bool] = True
    reads_work: ClassVar[bool] = False
    names_authored: ClassVar[bool] = True

    python: PythonName = Field(
        description="Name of a function in checks.py beside reference.py: "
        "`check(student, reference, rng)`."
    )
    about: PythonName = Field(description="The name in `defines` that it is about.")

    @property
    def subject(self) -> str:
        """What the check is said to be about."""
        return self.about

    @model_validator(mode="after")
    def _compares_by_itself(self) -> PythonCheck:
        if self.tolerance is not None:
            raise ValueError("a `python` check compares by itself: leave `tolerance` out")
        return self

    def prepare(self, context: CheckContext) -> PreparedPython:
        """Put the reference through the function; it must pass, and must have been asked."""
        function = context.authored.get(self.python)
        if not callable(function):
            raise CheckError(f"checks.py defines no function `{self.python}`: write it there.")
        student = LocalStudent(context.reference, limit_s=context.limit_s)
        proxy = PythonProxy(student, context)
        error = self._run(function, proxy, context)
        if error is not None or proxy.failure is not None:
            raise CheckError(
                f"The reference does not pass `{self.python}`: {_told(error, proxy, function)} "
                "Correct checks.py or reference.py."
            ) from error
        if not proxy.transcript:
            raise CheckError(f"`{self.python}` asks the student nothing: any answer would pass.")
        noise = Noise(context, Tolerance())
        known = tuple(map(noise.with_slack, proxy.transcript))
        return PreparedPython(context, known)

    def judge(self, prepared: PreparedPython, student: Student) -> Verdict:
        """Run the function; what it objects to is the message."""
        squeeze = self.shape == "squeeze"
        proxy = PythonProxy(student, prepared.context, prepared.known, squeeze=squeeze)
        function = prepared.context.authored[self.python]
        error = self._run(function, proxy, prepared.context)
        if proxy.failure is not None:
            return self._failed(proxy, proxy.failure)
        if error is None:
            return passed()
        if isinstance(error, StudentRaisedError):
            return self._failed(proxy, error.failure)
        if is_assertion(error):
            text = assertion_text(error, function)
            return self._failed(proxy, Failure(text, WRONG))
        if all(map(agrees, proxy.transcript)):
            # The reference gave the same answers and passed: no answer can be the cause.
            raise CheckError(f"`{self.python}` fails: {_told(error, proxy, function)}")
        told = safe_text(f"{type(error).__name__}: {error}")
        text = f"`{self.python}` cannot be worked out with your answers: {told}"
        return self._failed(proxy, Failure(text, WRONG))

    def _failed(self, proxy: PythonProxy, failure: Failure) -> Verdict:
        answers = [entry.answer for entry in proxy.transcript[:_MOST_EVIDENCE]]
        return failed(
            sentence(failure.message),
            brief=f"`{self.about}` {way_of(failure) or 'is not right'}.",
            evidence=evidence_of(answers),
        )

    def _run(
        self, function: Callable[..., object], proxy: PythonProxy, context: CheckContext
    ) -> BaseException | None:
        """Return what the function raised; only its own time counts, not that of the answers."""
        error: BaseException | None = None
        alarm = OwnAlarm(_OWN_LIMIT_S)
        proxy.paused = alarm.paused
        reference = SimpleNamespace(**context.reference)
        try:
            with alarm, quiet():
                function(StudentNames(proxy), reference, context.rng())
        except KeyboardInterrupt:
            raise
        except AskingOverError:
            pass
        except BaseException as raised:  # pytest's own, among others, are no Exception
            error = raised
        if proxy.broken is not None:
            raise proxy.broken
        if alarm.struck:
            raise CheckError(
                f"`{self.python}` does not end within {_OWN_LIMIT_S:g} s, the time that questions "
                "take not counted. Look for an endless loop in checks.py."
            )
        return error


def _told(error: BaseException | None, proxy: PythonProxy, function: Callable[..., object]) -> str:
    """Return in words, for an author, why a function did not come to its end."""
    if error is None or proxy.failure is not None:
        return sentence(proxy.failure.message if proxy.failure else "")
    where = line_in_function(error, function)
    at = f" (checks.py, line {where})" if where else ""
    if isinstance(error, StudentRaisedError):
        return sentence(f"{error.failure.message}{at}")
    if is_assertion(error):
        return sentence(f"{assertion_text(error, function)}{at}")
    return sentence(f"it raised {safe_text(f'{type(error).__name__}: {error}')}{at}")
