"""The keys of ``course.yaml`` and of an exercise's file, each with its description."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from grader.checks.yaml_model import MAX_POINTS, Model, Shape
from grader.compare import Tolerance
from grader.sandbox.settings import ModuleName, SandboxSettings

MIN_SECRET = 16


def _identifier(text: str) -> str:
    if not (text.isidentifier() and text.isascii()):
        raise ValueError(
            f"`{text}` is not a name: use letters, digits and `_`, and no digit at the start"
        )
    if keyword.iskeyword(text):
        raise ValueError(f"`{text}` is a Python keyword: choose another name")
    return text


def _secret(text: str) -> str:
    if 0 < len(text) < MIN_SECRET:
        raise ValueError(
            f"a secret of {len(text)} characters can be guessed: make it at least {MIN_SECRET}, or "
            "leave it out"
        )
    return text


Identifier: TypeAlias = Annotated[
    str,
    Field(max_length=100, json_schema_extra={"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}),
    AfterValidator(_identifier),
]
Text: TypeAlias = Annotated[str, Field(min_length=1)]
Counts: TypeAlias = Literal["best", "last"]
Explain: TypeAlias = Literal["never", "right", "always", "last_attempt"]


def _files(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        if texts.count(text) > 1:
            raise ValueError(f"`{text}` is listed twice: remove one of the two")
    return texts


Files: TypeAlias = Annotated[tuple[Text, ...], AfterValidator(_files)]


class MistakeEntry(Model):
    """A known wrong answer; its program is ``mistakes/<id>.py`` next to the reference."""

    id: Identifier = Field(description="Name of the mistake, and of its program.")
    title: str = Field(
        default="",
        max_length=120,
        description="Shown to a student after `It looks like:`; by default the id with spaces.",
    )
    hint: Text = Field(description="Shown to a student who made this mistake.")
    score: Annotated[Decimal, Field(ge=0)] | None = Field(
        default=None, description="Points that `grader prove` requires its program to get."
    )


class EquivalentEntry(Model):
    """A mutant of the reference that is also correct; see ``grader prove``."""

    mutant: Text = Field(description="Id of the mutant, as `grader prove` prints it.")
    why: Text = Field(description="Why it is also correct.")


class ExerciseEntry(Model):
    """One exercise."""

    id: Identifier = Field(description="Name of the exercise: the name of this file.")
    title: Text = Field(max_length=200, description="Title shown to students and staff.")
    unit: Identifier = Field(description="Id of the unit: the name of this file's folder.")
    points: Decimal = Field(gt=0, le=MAX_POINTS, description="Sum of the points of all checks.")
    prompt: Text = Field(description="The task, in Markdown with LaTeX.")
    starter: str = Field(default="", description="Code that a student starts from.")
    defines: tuple[Identifier, ...] = Field(description="Names that a student must define.")
    builds_on: tuple[Identifier, ...] = Field(
        default=(), description="Ids of earlier exercises whose functions this one uses."
    )
    follow_through: Annotated[Decimal, Field(gt=0, lt=1)] | None = Field(
        default=None,
        description="Share of a check's points for an answer that is right except for a slip in "
        "an exercise that this one builds on.",
    )
    source: str = Field(default="", description="Where the idea comes from.")
    tolerance: Tolerance = Field(
        default=Tolerance(), description="Accepted error of checks that do not state their own."
    )
    shape: Shape = Field(
        default="strict",
        description="`squeeze` where axes of length 1 do not count in answers to its checks, so "
        "that (n, 1) is as good as (n,).",
    )
    files: Files = Field(
        default=(),
        description="Files that students are given for it, named from the course's folder: files, "
        "folders, or patterns with `*`. They lie beside the released notebook, and in the working "
        "folder when it is graded.",
    )
    preload: tuple[ModuleName, ...] = Field(
        default=(),
        description="Modules that a notebook needs for it, imported once before the first notebook "
        "where this exercise is graded.",
    )
    max_attempts: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="Hand-ins that count; by default as in the course's `policy`.",
    )
    counts: Counts | None = Field(
        default=None,
        description="Which of a student's attempts counts: `best` or `last`; that of the course's "
        "`policy` where absent.",
    )
    explain: Explain = Field(
        default="right",
        description="When a student reads a check's `explanation`: `never`, after a `right` "
        "answer, `always`, or after a right answer or the `last_attempt`.",
    )
    checks: tuple[Any, ...] = Field(
        min_length=1, description="What is checked, in the order in which it is shown."
    )
    mistakes: tuple[MistakeEntry, ...] = Field(
        default=(), description="Known wrong answers, each with its hint."
    )
    equivalents: tuple[EquivalentEntry, ...] = Field(
        default=(),
        description="Mutants of the reference that are as right as it; `grader prove` wants the "
        "others caught.",
    )


class UnitEntry(Model):
    """A part of the course."""

    id: Identifier = Field(description="Name of the unit, and of its folder.")
    title: Text = Field(max_length=200, description="Title shown to students and staff.")
    exercises: tuple[Identifier, ...] = Field(
        min_length=1, description="Ids of its exercises, in order."
    )
    files: Files = Field(
        default=(), description="Files that students are given for it; see those of an exercise."
    )


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f'`{text}` is not a date: write it in quotes, as "2026-10-31" or "2026-10-31 18:00"'
        ) from error
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ValueError(f"`{text}` is not a time zone: write one such as Europe/Berlin") from error
    return text


Share: TypeAlias = Annotated[Decimal, Field(ge=0, le=1)]
Moment: TypeAlias = Annotated[str, AfterValidator(_moment)]


class LatePolicy(Model):
    """What handing in late costs."""

    due: Mapping[Identifier, Moment] = Field(
        min_length=1, description="Due date of each unit that has one; a day lasts until its end."
    )
    per_day: Share = Field(
        description="Share of the points earned that each day costs, counted from the due date; "
        "a day that has begun is a day."
    )
    grace_hours: Annotated[Decimal, Field(ge=0)] = Field(
        default=Decimal(0), description="Lateness that costs nothing [h]."
    )
    cap: Share = Field(default=Decimal(1), description="The largest share that lateness costs.")
    zero_after_days: Annotated[Decimal, Field(ge=0)] | None = Field(
        default=None,
        description="Lateness beyond which nothing is earned [d].",
    )


class Policy(Model):
    """How marks are given beyond the checks. It is applied when grades are reported."""

    max_attempts: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Hand-ins that count, for exercises that state no number."
    )
    counts: Counts = Field(
        default="best", description="Which attempt counts, for exercises that do not say."
    )
    late: LatePolicy | None = Field(default=None, description="What handing in late costs.")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="Time zone of dates that state none."
    )


class CourseEntry(Model):
    """A course."""

    title: Text = Field(max_length=200, description="Title shown to students and staff.")
    units: tuple[UnitEntry, ...] = Field(min_length=1, description="Its units, in order.")
    files: Files = Field(
        default=(),
        description="Files that students are given for every unit; see those of an exercise.",
    )
    policy: Policy = Field(default=Policy(), description="How marks are given beyond the checks.")
    sandbox: SandboxSettings = Field(
        default=SandboxSettings(), description="How notebooks are run."
    )
    secret: Annotated[str, AfterValidator(_secret)] = Field(
        default="",
        description="Text that only staff know, of at least 16 characters, mixed into the seed of "
        "every hidden input. Without it, anyone with the exercise files can recompute the inputs.",
    )
