"""The known mistakes in a bundle, with their answers to the visible checks.

They let a student's own notebook name a mistake. The bundle holds the texts of a mistake and the
findings of the visible checks, never its program. Hidden checks are not evaluated for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from grader.checks.base import Verdict, failed, passed
from grader.checks.bundling import is_small, list_from_bundle
from grader.checks.verdict_text import RaisedEvidence
from grader.course import Mistake
from grader.grading.mistakes import KnownMistakes
from grader.grading.preparation import PreparedCheck, PreparedExercise
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.packed_value import pack, unpack
from grader.guest.protocol.values import Value

Withheld: TypeAlias = Callable[[Value], bool]
"""Returns whether a value holds inputs or answers that only the unit's hidden checks know."""

Withholding: TypeAlias = Callable[[Sequence[PreparedExercise]], Withheld]
"""Returns the `Withheld` of a unit's exercises."""

MOST_MISTAKES = 100
_HINT_CHARS = 2000
_RAISED_CHARS = 200


class Form(BaseModel):
    """Base class of what is read from a bundle: immutable, refuses unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True
    )


class _BundledMistake(Form):
    id: Annotated[str, Field(min_length=1, max_length=200)]
    title: Annotated[str, Field(max_length=200)]
    hint: Annotated[str, Field(max_length=_HINT_CHARS)]
    found: dict[Annotated[str, Field(strict=True)], Any] = Field(max_length=200)


def mistakes_to_bundle(
    ready: PreparedExercise, bundled: Sequence[PreparedCheck], withheld: Withheld
) -> list[bytes]:
    """Return the known mistakes that the bundled checks can recognise, packed.

    `withheld` keeps answers out: a wrong answer to a visible question may be the right one to a
    hidden question.
    """
    mistakes = ready.costly_mistakes[:MOST_MISTAKES]
    read_back = [_from_bundle(each) for each in bundled] if mistakes else []
    packed = []
    for mistake in mistakes:
        found = {each.check.name: ready.judge_mistake(mistake.id, each) for each in read_back}
        findings = {name: _finding_to_bundle(verdict, withheld) for name, verdict in found.items()}
        if any(findings.values()):
            packed += _packed(mistake, findings)
    return packed


def _from_bundle(ready: PreparedCheck) -> PreparedCheck:
    """Return a check as students get it, perhaps without its largest questions."""
    return replace(ready, prepared=ready.check.from_bundle(ready.check.to_bundle(ready.prepared)))


def _packed(mistake: Mistake, found: Mapping[str, Value]) -> list[bytes]:
    hint = mistake.hint[:_HINT_CHARS]
    try:
        return [pack({"id": mistake.id, "title": mistake.title, "hint": hint, "found": found})]
    except WireError:  # its answers are too large
        return []


def _finding_to_bundle(verdict: Verdict, withheld: Withheld) -> Value:
    """Return None if the mistake passes, else the check's evidence; [] if that must stay out."""
    if verdict.passed:
        return None
    evidence = list(verdict.evidence)
    if verdict.undecided or not is_small(evidence) or withheld(evidence):
        return []
    return [_evidence_to_bundle(each) for each in evidence]


def _evidence_to_bundle(evidence: Value) -> Value:
    if isinstance(evidence, RaisedEvidence):
        return ["raised", evidence[1], evidence.text[:_RAISED_CHARS]]
    return ["answered", evidence]


def mistakes_from_bundle(contents: Sequence[bytes]) -> tuple[tuple[Mistake, ...], KnownMistakes]:
    """Return the mistakes and the verdicts on them, from untrusted data.

    Raises
    ------
    ValueError
        These data are not what `mistakes_to_bundle` returns.
    """
    forms = [_BundledMistake.model_validate(unpack(content)) for content in contents]
    found = {
        (form.id, name): _finding_from_bundle(finding)
        for form in forms
        for name, finding in form.found.items()
    }
    unknown = failed("", brief="")

    def judge(mistake: str, name: str) -> Verdict:
        return found.get((mistake, name), unknown)

    mistakes = tuple(
        Mistake(id=form.id, title=form.title, hint=form.hint, score=Decimal(0), program=Path())
        for form in forms
    )
    return mistakes, KnownMistakes(tuple(form.id for form in forms), judge)


def _finding_from_bundle(bundled: Value) -> Verdict:
    if bundled is None:
        return passed()
    return failed("", brief="", evidence=[*map(_evidence_from_bundle, list_from_bundle(bundled))])


def _evidence_from_bundle(bundled: Value) -> Value:
    match list_from_bundle(bundled):
        case ["raised", str() as type_name, str() as text]:
            return RaisedEvidence(type_name, text)
        case ["answered", evidence]:
            return evidence
    raise ValueError("this is not an answer of a known mistake")
