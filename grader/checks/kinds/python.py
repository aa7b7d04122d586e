"""An author's function judges: ``check(student, reference, rng)`` in ``checks.py``.

It runs on the trusted side and reports failures by assertions, `numpy.testing` and `pytest.raises`.
"""

from __future__ import annotations

import ast
import re
import sys
import traceback
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
# numpy 1 writes x and y, numpy 2 ACTUAL and DESIRED; the table between them differs by version.
_TABLE = re.compile(
    r"\A\s*(?:Not equal to tolerance|Arrays are not|Items are not equal)[^\n]*\n"
    r"(?P<own>.*?)"
    r"(?:^Mismatched elements: (?P<wrong>\d+) / (?P<total>\d+)[^\n]*\n.*?)?"
    r"^ (?:ACTUAL|x): (?P<actual>.*?)\n^ (?:DESIRED|y): (?P<desired>.*)\Z",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class PreparedPython:
    """The context with the author's function, and the questions that it asked the reference."""

    context: CheckContext
    known: tuple[TranscriptEntry, ...]


class PythonCheck(Check):
    """An author's function finds no fault."""

    kind: ClassVar[str] = "python"
    heeds_shape: ClassVar[bool] = True
    reads_work: ClassVar[bool] = False
    names_authored: ClassVar[bool] = True

    python: PythonName = Field(
        description="Name of a function `check(student, reference, rng)` in checks.py, next to "
        "reference.py."
    )
    about: PythonName = Field(description="The name in `defines` that it is about.")

    @property
    def subject(self) -> str:
        """The name in `about`."""
        return self.about

    @model_validator(mode="after")
    def _compares_by_itself(self) -> PythonCheck:
        if self.tolerance is not None:
            raise ValueError("a `python` check compares by itself: remove `tolerance`")
        return self

    def prepare(self, context: CheckContext) -> PreparedPython:
        """Judge the reference, which must pass and must have been asked."""
        function = context.authored.get(self.python)
        if not callable(function):
            raise CheckError(f"checks.py defines no function `{self.python}`: write it there.")
        student = LocalStudent(context.reference, limit_s=context.limit_s)
        proxy = PythonProxy(student, context)
        error = self._run(function, proxy, context)
        if error is not None or proxy.failure is not None:
            raise CheckError(
                f"The reference does not pass `{self.python}`: {_reason(error, proxy, function)} "
                "Correct checks.py or reference.py."
            ) from error
        if not proxy.transcript:
            raise CheckError(f"`{self.python}` never uses `student`: any answer would pass.")
        noise = Noise(context, Tolerance())
        known = tuple(map(noise.with_slack, proxy.transcript))
        return PreparedPython(context, known)

    def judge(self, prepared: PreparedPython, student: Student) -> Verdict:
        """Run the author's function; the text of its failed assertion is the message."""
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
            return self._failed(proxy, Failure(_assertion_text(error, function), WRONG))
        if all(map(agrees, proxy.transcript)):
            # The reference gave the same answers and passed, so the answers are not the cause.
            raise CheckError(f"`{self.python}` fails: {_reason(error, proxy, function)}")
        why = safe_text(f"{type(error).__name__}: {error}")
        text = f"`{self.python}` cannot be evaluated with your answers: {why}"
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
        """Return what the function raised; time spent waiting for answers does not count."""
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
        except BaseException as raised:  # those of pytest, for example, are no Exception
            error = raised
        if proxy.broken is not None:
            raise proxy.broken
        if alarm.struck:
            raise CheckError(
                f"`{self.python}` does not end within {_OWN_LIMIT_S:g} s, without the time for "
                "answers. Look for an endless loop in checks.py."
            )
        return error


def _reason(
    error: BaseException | None, proxy: PythonProxy, function: Callable[..., object]
) -> str:
    """Return, for the author, why the function did not pass."""
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
    """Return whether an error is a failed assertion of Python, numpy.testing or pytest.

    The errors of `pytest.raises` and `pytest.fail` are neither AssertionError nor Exception.
    """
    if isinstance(error, AssertionError):
        return True
    pytest: Any = sys.modules.get("pytest")  # absent unless the author imported it
    return pytest is not None and isinstance(error, pytest.fail.Exception)


def _assertion_text(error: BaseException, function: Callable[..., object]) -> str:
    """Return the text of a failed assertion on one line; its source if it has no text."""
    message = _in_plain_words(str(error)[: 2 * _LONGEST_TEXT])
    lines = [" ".join(line.split()) for line in message.splitlines()]
    text = "; ".join(line for line in lines if line)
    return safe_text(text or _source_of(error, function), _LONGEST_TEXT)


def _in_plain_words(message: str) -> str:
    """Return the text of an assertion, without numpy's table and pytest's technical wording."""
    table = _TABLE.search(message)
    if table is None:
        return _NOT_RAISED.sub(r"It should raise \1, but does not", message)
    wrong, total = table["wrong"] or "1", table["total"] or "1"
    count = f"{wrong} of {total} numbers are wrong: " if total != "1" else ""
    actual, desired = (" ".join(table[name].split()) for name in ("actual", "desired"))
    return f"{table['own'].strip()}\n{count}got {actual}, expected {desired}"


def _line_in_function(error: BaseException, function: Callable[..., object]) -> int | None:
    """Return the innermost line of the author's file in an error's traceback."""
    path = _file_of(function)
    trace = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in trace if frame.f_code.co_filename == path]
    return lines[-1] if lines else None


def _file_of(function: Callable[..., object]) -> str:
    code = getattr(function, "__code__", None)
    return code.co_filename if code is not None else ""


def _source_of(error: BaseException, function: Callable[..., object]) -> str:
    """Return `` `a == b` does not hold`` for ``assert a == b``."""
    line = _line_in_function(error, function)
    try:
        tree = ast.parse(Path(_file_of(function)).read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):  # it was moved or changed
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
