"""The known mistakes of an exercise in a bundle: what each answers to the visible checks.

A mistake travels as its words and as what the visible checks find of it, never as its program. So
a student's own notebook can name it. What hidden checks would find of it is not worked out here.
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
"""Tells whether a value holds what only hidden checks of the unit ask or expect."""

Withholding: TypeAlias = Callable[[Sequence[PreparedExercise]], Withheld]
"""Returns that of the exercises of a unit."""

MOST_MISTAKES = 100
_HINT_CHARS = 2000
_RAISED_CHARS = 200


class _BundledMistake(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True
    )

    id: Annotated[str, Field(min_length=1, max_length=200)]
    title: Annotated[str, Field(max_length=200)]
    hint: Annotated[str, Field(max_length=_HINT_CHARS)]
    found: dict[Annotated[str, Field(strict=True)], Any] = Field(max_length=200)


def mistakes_to_bundle(
    ready: PreparedExercise, bundled: Sequence[PreparedCheck], withheld: Withheld
) -> list[bytes]:
    """Return the mistakes that a student's own notebook can recognise.

    Parameters
    ----------
    ready : PreparedExercise
        The exercise.
    bundled : sequence of PreparedCheck
        Its visible checks that a bundle can hold.
    withheld : callable
        Tells what of a mistake's answers must stay out: a wrong answer to a visible question may
        be the right one to a hidden question.
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
    """Return a check as students will have it: its largest questions may be left out."""
    return replace(ready, prepared=ready.check.from_bundle(ready.check.to_bundle(ready.prepared)))


def _packed(mistake: Mistake, found: Mapping[str, Value]) -> list[bytes]:
    whole = {
        "id": mistake.id,
        "title": mistake.title,
        "hint": mistake.hint[:_HINT_CHARS],
        "found": found,
    }
    try:
        return [pack(whole)]
    except WireError:  # what it answers is over a cap
        return []


def _finding_to_bundle(verdict: Verdict, withheld: Withheld) -> Value:
    """Return None where the mistake passes, else what the check saw; [] where that stays out."""
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
    """Return the mistakes that were frozen, and how they fare; the data may be anybody's.

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
        Mistake(
            id=form.id,
            title=form.title,
            hint=form.hint,
            score=Decimal(0),
            program=Path(),
        )
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
    raise ValueError("this is no answer of a known mistake")
