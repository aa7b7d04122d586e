"""An author's own function judges: ``check(student, reference, rng)`` in ``checks.py``.

It runs on the trusted side. Assertions, `numpy.testing` and `pytest.raises` say what is wrong.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

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
from grader.checks.verdict_text import WRONG, Failure, evidence_of, sentence, way_of
from grader.compare import Tolerance
from grader.errors import CheckError
from grader.limits.own_alarm import OwnAlarm
from grader.text import safe_text

_OWN_LIMIT_S = 10.0
_MOST_EVIDENCE = 1000
_LONGEST_TEXT = 2000
_NOT_RAISED = re.compile(r"\ADID NOT RAISE (?:<class ')?(?:\w+\.)*(\w+)(?:'>)?\Z")
# numpy 1 writes x and y, numpy 2 ACTUAL and DESIRED; each version has another table in between.
_TABLE = re.compile(
    r"\A\s*(?:Not equal to tolerance|Arrays are not|Items are not equal)[^\n]*\n"
    r"(?P<own>.*?)"
    r"(?:^Mismatched elements: (?P<wrong>\d+) / (?P<total>\d+)[^\n]*\n.*?)?"
    r"^ (?:ACTUAL|x): (?P<actual>.*?)\n^ (?:DESIRED|y): (?P<desired>.*)\Z",
    re.DOTALL | re.MULTILINE,
)


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
        if _is_assertion(error):
            text = _assertion_text(error, function)
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
    where = _line_in_function(error, function)
    at = f" (checks.py, line {where})" if where else ""
    if isinstance(error, StudentRaisedError):
        return sentence(f"{error.failure.message}{at}")
    if _is_assertion(error):
        return sentence(f"{_assertion_text(error, function)}{at}")
    return sentence(f"it raised {safe_text(f'{type(error).__name__}: {error}')}{at}")


def _is_assertion(error: BaseException) -> bool:
    """Tell whether an error is a failed assertion, of Python, of numpy.testing or of pytest.

    What `pytest.raises` and `pytest.fail` raise is no AssertionError, nor an Exception.
    """
    if isinstance(error, AssertionError):
        return True
    pytest: Any = sys.modules.get("pytest")  # not there unless the author imported it
    return pytest is not None and isinstance(error, pytest.fail.Exception)


def _assertion_text(error: BaseException, function: Callable[..., object]) -> str:
    """Return what an assertion says, on one line; its source where it says nothing.

    Parameters
    ----------
    error : BaseException
        What it raised.
    function : callable
        The author's function, in whose file it is looked for.
    """
    said = _in_plain_words(str(error)[: 2 * _LONGEST_TEXT])
    lines = [" ".join(line.split()) for line in said.splitlines()]
    told = "; ".join(line for line in lines if line)
    return safe_text(told or _source_of(error, function), _LONGEST_TEXT)


def _in_plain_words(said: str) -> str:
    """Return what an assertion says, numpy's without its table, pytest's in plain words."""
    table = _TABLE.search(said)
    if table is None:
        return _NOT_RAISED.sub(r"It should raise \1, and does not", said)
    wrong, total = table["wrong"] or "1", table["total"] or "1"
    count = f"{wrong} of {total} numbers are wrong: " if total != "1" else ""
    actual, desired = (" ".join(table[name].split()) for name in ("actual", "desired"))
    return f"{table['own'].strip()}\n{count}got {actual}, expected {desired}"


def _line_in_function(error: BaseException, function: Callable[..., object]) -> int | None:
    """Return the innermost line of the author's file that led to an error."""
    path = _file_of(function)
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _file_of(function: Callable[..., object]) -> str:
    code = getattr(function, "__code__", None)
    return code.co_filename if code is not None else ""


def _source_of(error: BaseException, function: Callable[..., object]) -> str:
    """Return `` `a == b` does not hold`` for ``assert a == b``."""
    line = _line_in_function(error, function)
    try:
        source = Path(_file_of(function)).read_text(encoding="utf-8")
        tree = ast.parse(source)
    except (OSError, ValueError, SyntaxError):  # it was moved or changed since
        tree, line = ast.Module([], []), None
    claims = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
        and line is not None
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    if not claims:
        return "an assertion does not hold"
    return f"`{ast.unparse(claims[-1].test)}` does not hold"
