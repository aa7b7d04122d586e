"""The texts of failed checks, and the evidence by which known mistakes are recognised.

Every text comes in two forms. The message of a visible check shows the call, the expected and the
actual value; instructors also read it for hidden checks. The brief of a hidden check shows no input
and no expected value, and little that a student's code can choose, because such a choice would
carry hidden inputs out. It names only one of four ways to fail (`WAYS`): not which exception was
raised, what is wrong with an answer, or which limit was exceeded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, overload

from grader.checks.base import Verdict, failed
from grader.compare import Mismatch, describe
from grader.compare.weight import digest_of, weight_of
from grader.guest.protocol.values import (
    Answer,
    Call,
    Died,
    Missing,
    Opaque,
    Raised,
    Returned,
    TimedOut,
    Value,
)
from grader.text import safe_text

_EVIDENCE_BYTES = 4 << 20
RETURNS_NOTHING = "; does it `return` its result?"
"""Advice if a function returns None and another value is expected."""
WRAPS_AROUND = "; numpy's whole numbers wrap around beyond 64 bits: calculate with floats"
"""Advice if an integer overflowed 64 bits."""
WRONG = "gave a wrong answer"
_MISSING = "is not defined"
_RAISED = "raised an exception"
_SILENT = "gave no answer: it took too long, or ended its process"
WAYS = (_MISSING, _RAISED, _SILENT, WRONG)
"""All that a student learns about a failed call of a hidden check: 2 bits."""

# A variable is read before any hidden input is sent, so that these texts cannot disclose one.
_WRONG_VALUE = {
    "kind": "gives the wrong kind of answer",
    "shape": "gives an answer of the wrong shape",
    "keys": "gives an answer with the wrong keys",
    "value": "gives a wrong value",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an answer is wrong."""

    message: str
    """A clause about the answer without its subject, or whole sentences."""
    brief: str
    """The text for a hidden check."""
    evidence: tuple[Value, ...] = ()
    """Evidence for known mistakes, if that is not the answer itself."""
    hint: str = ""
    """Replaces the check's own hint if that would mislead."""
    weight: int = 1
    """Number of failures that it stands for."""


@overload
def failure_of(answer: Raised | Missing | TimedOut | Died) -> Failure: ...


@overload
def failure_of(answer: Answer) -> Failure | None: ...


def failure_of(answer: Answer) -> Failure | None:
    """Return why there is no value to judge, or None if there is one.

    Examples
    --------
    >>> failure_of(Raised("ZeroDivisionError", "division by zero")).message
    'raised ZeroDivisionError: division by zero'
    >>> failure_of(Raised("Leak_0_25", "0.25")).brief
    'raised an exception'
    >>> failure_of(TimedOut(2.0)).message
    'timed out after 2 s (endless loop?)'
    """
    match answer:
        case Missing(callable_wanted=wanted):
            return Failure(f"{_MISSING} as a function" if wanted else _MISSING, _MISSING)
        case Raised(type_name=type_name, message=message, where=where):
            text = f"raised {safe_text(type_name, 60)}: {safe_text(message)}".removesuffix(": ")
            return Failure(f"{text.rstrip('.')}, in {where}" if where else text, _RAISED)
        case TimedOut(seconds=seconds, limit=limit):
            text = f"timed out after {seconds:g} s (endless loop?)"
            if limit != "call":
                text = f"timed out: all answers together take over {seconds:g} s (endless loop?)"
            return Failure(text, _SILENT)
        case Died(how=how):
            return Failure(f"gave no answer: {safe_text(how)}", _SILENT)
        case _:
            return None


def way_of(failure: Failure) -> str:
    """Return the way in which an answer failed; empty if the answer is only wrong.

    It is for checks of several names: the student's code could choose which of them fails.

    Examples
    --------
    >>> way_of(Failure("is 0.25, expected 0.5", WRONG)), way_of(Failure("raised X", _RAISED))
    ('', 'raised an exception')
    """
    return failure.brief if failure.brief in (_MISSING, _RAISED, _SILENT) else ""


def tells_raised(brief: str) -> bool:
    """Return whether a brief says that an exception was raised."""
    return _RAISED in brief


def tells_missing(brief: str) -> bool:
    """Return whether a brief says that a name is not defined."""
    return _MISSING in brief


# Parts of messages about programming, which say nothing about the exercise.
_ABOUT_PYTHON = (
    RETURNS_NOTHING,
    WRAPS_AROUND,
    " timed out",
    " gave no answer: ",
    " in place: work on a copy",
    ": wrap it in ",
    ": use ",
)


def is_about_python(message: str) -> bool:
    """Return whether a message is about programming, so that the exercise's hint would mislead.

    Examples
    --------
    >>> is_about_python("f(2) timed out after 5 s (endless loop?)."), is_about_python("f(2) is 3.")
    (True, False)
    """
    return any(part in message for part in _ABOUT_PYTHON)


def wrong_answer(actual: Value, mismatch: Mismatch, *, from_call: bool = True) -> Failure:
    """Return the failure of a wrong value."""
    forgot = from_call and actual is None
    text = f"{mismatch}{RETURNS_NOTHING}" if forgot else str(mismatch)
    return Failure(text, WRONG if from_call else _WRONG_VALUE[mismatch.kind])


def failed_by(
    failure: Failure, subject: str, answers: Sequence[Answer], *, at: str = "", more: str = ""
) -> Verdict:
    """Return the verdict on answers, one of which is wrong.

    `at` is the question, such as a call; by default the subject. `more` are further sentences for
    the message, after a space. Known mistakes are recognised by all `answers`.
    """
    return failed(
        sentence(f"{at or f'`{subject}`'} {failure.message}") + more,
        brief=sentence(f"`{subject}` {failure.brief}"),
        evidence=failure.evidence or evidence_of(answers),
        hint=failure.hint,
    )


def call_text(name: str, call: Call) -> str:
    """Return a call as a student would write it, shortened and safe to print.

    Examples
    --------
    >>> call_text("kl", Call(([0.5, 0.5],), (("q", [0.9, 0.1]),)))
    'kl([0.5, 0.5], q=[0.9, 0.1])'
    """
    args = [describe(arg, 80) for arg in call.args]
    args += [f"{keyword}={describe(arg, 80)}" for keyword, arg in call.kwargs]
    return f"{name}({', '.join(args)})"


def sentence(text: str) -> str:
    """Return text with a full stop, unless it already ends a sentence."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def evidence_of(answers: Sequence[Answer]) -> tuple[Value, ...]:
    """Return answers as comparable values, up to the first that hangs or dies.

    Values that are too large to keep until a notebook is graded become digests.
    """
    evidence: list[Value] = []
    left_bytes = _EVIDENCE_BYTES
    for answer in answers:
        value = _one_evidence(answer)
        weight = weight_of(value)
        if weight > left_bytes:
            value = digest_of(value)
        else:
            left_bytes -= weight
        evidence.append(value)
        if isinstance(answer, (TimedOut, Died)):
            break
    return () if all(isinstance(answer, Missing) for answer in answers) else tuple(evidence)


class RaisedEvidence(tuple[str, str]):
    """The evidence of an exception: ``("raised", type)``, with its text as an attribute."""

    text: str
    """The exception's message, which comparisons ignore: every student words it differently."""

    def __new__(cls, type_name: str, text: str) -> Self:
        """Return the evidence of an exception."""
        self = super().__new__(cls, ("raised", type_name))
        self.text = text
        return self

    def __getnewargs__(self) -> tuple[str, str]:
        """Return the arguments for unpickling, in the process that asked for separate judging."""
        return self[1], self.text


def _one_evidence(answer: Answer) -> Value:
    match answer:
        case Returned(value=Opaque(type_name=type_name)):
            return ("opaque", type_name)
        case Returned(value=value, changed=changed):
            return ("changed its arguments", value) if changed else value
        case Raised(type_name=type_name, message=message):
            return RaisedEvidence(type_name, message)
        case TimedOut():
            return "timed out"
        case Died():
            return "died"
        case _:
            return "missing"
