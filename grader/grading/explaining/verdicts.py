"""Adds explanations to failed verdicts: hints, and why a name is not defined."""

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
    """What the answers to a check contribute to explaining its failure.

    Attributes
    ----------
    missing : dict of str to Answer or None
        Names that are not defined (None), or are not functions (with their values).
    found : set of str
        Names that are defined.
    called : set of str
        Names in `missing` that the check called.
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
    """Return a failed verdict with its explanation.

    Of a hidden check the student sees only the brief, no hint that depends on an answer, and not
    which of several names is missing.

    Parameters
    ----------
    verdict, check, notes : Verdict, Check, AnswerNotes
        The check, its verdict, and notes on its answers.
    reasons : Mapping of str to Reason
        Why names are not defined, without reasons that an earlier check has given.
    several : str
        Remark that the check's name is defined more than once; empty if it is not.
    """
    hint = _hint(verdict, notes, visible=check.visible)
    if reasons:
        message = " ".join(reason.message for reason in reasons.values())
        own = reasons.get(check.subject) if tells_missing(verdict.brief) else None
        brief = own.brief if own else verdict.brief
        return replace(verdict, message=message, brief=brief, hint=hint)
    if notes.missing and tells_missing(verdict.brief):
        # An earlier check has given the reason.
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
    """Return a hint; None if the check's own hint would lead astray."""
    if tells_missing(verdict.brief):
        return None
    if not visible:
        return None if tells_raised(verdict.brief) else verdict.hint
    for raised in notes.raised:
        if failure_of(raised).message in verdict.message:  # which reports this exception
            return python_hint(raised.type_name, raised.message) or None
    return None if is_about_python(verdict.message) or notes.missing else verdict.hint
