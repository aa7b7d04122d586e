"""What a failed check's student reads besides: where it raised, and why a name is not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from grader.checks.base import Check, Verdict
from grader.checks.verdict_text import (
    RETURNS_NOTHING,
    failure_of,
    is_about_python,
    sentence,
    tells_missing,
    tells_raised,
)
from grader.grading.explaining.python_hints import python_hint
from grader.grading.explaining.reasons import Reason
from grader.guest.protocol.values import Answer, Raised

_MOST_KEPT = 200


@dataclass(slots=True)
class AnswerNotes:
    """What of a check's answers explains that it failed.

    Attributes
    ----------
    missing : dict of str to Answer or None
        The names that were not there, each with what it holds where it holds no function.
    found : set of str
        The names that were there.
    called : set of str
        Those that were asked for as functions, and are none.
    raised : list of Raised
        The exceptions.
    """

    missing: dict[str, Answer | None] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    raised: list[Raised] = field(default_factory=list)

    def note(self, answer: Raised) -> None:
        """Keep an exception."""
        if len(self.raised) < _MOST_KEPT:
            self.raised.append(answer)


def explained(
    verdict: Verdict,
    check: Check,
    notes: AnswerNotes,
    reasons: Mapping[str, Reason],
    several: str,
) -> Verdict:
    """Return a failed verdict with what explains it.

    Parameters
    ----------
    verdict : Verdict
        What the check found.
    check : Check
        The check. Of a hidden one the student reads the brief alone, and no hint that goes by an
        answer; nor which of several names is missing.
    notes : AnswerNotes
        What it was answered.
    reasons : Mapping of str to Reason
        Why names are not there, those that no check before has given.
    several : str
        That the name which the check is about is defined more than once; empty where it is not.
    """
    hint = _hint(verdict, notes, visible=check.visible)
    if reasons:
        message = " ".join(reason.message for reason in reasons.values())
        own = reasons.get(check.subject) if tells_missing(verdict.brief) else None
        brief = own.brief if own else verdict.brief
        return replace(verdict, message=message, brief=brief, hint=hint)
    if notes.missing and tells_missing(verdict.brief):
        # Why, a check before this one has said.
        message = " ".join(_plainly(name, held) for name, held in notes.missing.items())
        return replace(verdict, message=message, hint=hint)
    if several:
        message = f"{sentence(verdict.message.replace(RETURNS_NOTHING, '.'))} {several}."
        brief = f"{sentence(verdict.brief)} {several}."
        return replace(verdict, message=message, brief=brief, hint=hint)
    return replace(verdict, hint=hint)


def _plainly(name: str, held: Answer | None) -> str:
    return f"`{name}` is not {'defined' if held is None else 'a function'}."


def _hint(verdict: Verdict, notes: AnswerNotes, *, visible: bool) -> str | None:
    """Return what to think about; None where the check's own hint would lead astray."""
    if tells_missing(verdict.brief):
        return None
    if not visible:
        return None if tells_raised(verdict.brief) else verdict.hint
    raised = _reported(verdict, notes)
    if raised is not None:
        return python_hint(raised.type_name, raised.message) or None
    says_it = is_about_python(verdict.message)
    return None if says_it or notes.missing else verdict.hint


def _reported(verdict: Verdict, notes: AnswerNotes) -> Raised | None:
    """Return the exception that the message reports."""
    return next(
        (each for each in notes.raised if failure_of(each).message in verdict.message), None
    )
