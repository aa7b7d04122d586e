"""The results of a run: the models behind ``results.json``.

The file is for the instructor: it holds the full message of every check, including hidden ones.
`CheckResult.seen_by_student` alone decides what a student may see.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import MAX_PREC, ROUND_HALF_UP, Context, Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.json_schema import SkipJsonSchema

from grader.sandbox.deadline import Doubt

SCHEMA = 1
"""Version of the format of ``results.json``; raised by every change that affects readers."""

NOT_ATTEMPTED = "Not attempted yet."
"""Message of the checks of an exercise without an answer, if nothing more is known."""

CheckStatus = Literal["pass", "fail", "error", "skipped", "answered"]
"""`answered`: a student's own notebook cannot tell whether the answer is right; grading can."""
ExerciseStatus = Literal[
    "passed", "partial", "failed", "not_attempted", "needs_review", "answered", "error"
]
SubmissionStatus = Literal["graded", "unreadable", "timed_out", "error"]


# Points are exact while an exercise is judged. The score of an exercise is rounded once, when it is
# reported. Totals add rounded scores, so each is the sum of the numbers that are shown.
_CENT = Decimal("0.01")
# The default context would refuse a number of 30 digits.
_HALF_UP = Context(prec=MAX_PREC, rounding=ROUND_HALF_UP)


def rounded(points: Decimal) -> Decimal:
    """Return points rounded to two decimals, half up.

    Examples
    --------
    >>> rounded(Decimal("0.125")), rounded(Decimal("2.675")), rounded(Decimal("0.004"))
    (Decimal('0.13'), Decimal('2.68'), Decimal('0.00'))
    """
    return _HALF_UP.plus(points.quantize(_CENT, context=_HALF_UP))  # -0.00 becomes 0.00


def total(scores: Iterable[Decimal]) -> Decimal:
    """Return the sum of the rounded scores of exercises.

    Examples
    --------
    >>> total([Decimal("0.125"), Decimal("0.125")])
    Decimal('0.26')
    """
    return sum(map(rounded, scores), Decimal(0))


def points_text(points: Decimal) -> str:
    """Return points as text: rounded, without trailing zeros.

    Examples
    --------
    >>> points_text(Decimal("2.50")), points_text(Decimal("10")), points_text(Decimal("0.125"))
    ('2.5', '10', '0.13')
    """
    return f"{rounded(points):f}".rstrip("0").rstrip(".")


def _as_number(points: Decimal) -> float:
    return float(rounded(points))


Points = Annotated[Decimal, PlainSerializer(_as_number, return_type=float, when_used="json")]
"""Decimal points: exact inside the grader, rounded when they are written; see `rounded`."""


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class CheckResult(_Result):
    """The result of one check."""

    name: str = Field(description="As the exercise names it.")
    kind: str = Field(description="The kind of check: function, value, quiz and so on.")
    status: CheckStatus = Field(description="What came of it.")
    points: Points = Field(description="What it earned.")
    max_points: Points = Field(description="What it is worth.")
    visible: bool = Field(description="Whether the student may see inputs and expected values.")
    message: str = Field(
        default="",
        description="Why the points were lost, with the names of exceptions; for the instructor "
        "alone where the check is not `visible`.",
    )
    brief: str = Field(
        default="",
        description="What the student reads of a hidden check: no input, no expected value, and "
        "next to nothing that the student's code could choose.",
    )
    hint: str = Field(default="", description="What to think about, shown to the student.")
    mistake: str | None = Field(default=None, description="Id of the known mistake it looks like.")
    review: str = Field(default="", description="What a person is to mark, where one has to.")
    explanation: str = Field(
        default="", description="Why the right answer is right, where the student may know."
    )
    understood: bool = Field(
        default=True, description="Whether the answer could be read; else it spends no attempt."
    )

    @property
    def seen_by_student(self) -> str:
        """The message that the student may read."""
        return self.message if self.visible else self.brief


class ExerciseResult(_Result):
    """The result of one exercise."""

    id: str = Field(description="Id of the exercise.")
    title: str = Field(description="What people read.")
    score: Points = Field(description="What its checks earned, rounded once.")
    max_score: Points = Field(description="What the exercise is worth.")
    status: ExerciseStatus = Field(description="What its checks come to.")
    spends_attempt: bool = Field(
        default=True, description="Whether anything was answered in a way that could be judged."
    )
    checks: tuple[CheckResult, ...] = Field(description="In the order of the exercise.")


class CellFailure(_Result):
    """A code cell that failed."""

    number: int = Field(description="Among all cells of the notebook, counted from 1.")
    status: str = Field(description="raised, timed_out, died or skipped.")
    error: str = Field(
        description="The cell's number and first words, and what happened in it, on which line."
    )


class IgnoredFile(_Result):
    """A file among the submissions that is not a submission."""

    path: str = Field(description="Where it lies.")
    why: str = Field(description="Why it is no submission.")


class SubmissionInfo(_Result):
    """Details of a submission in addition to its notebook, independent of when it is read."""

    name: str = Field(default="", description="The student's name, for people to read.")
    email: str = Field(default="", description="The student's e-mail address.")
    section: str = Field(default="", description="The student's section.")
    platform: str = Field(default="", description="canvas, moodle, gradescope or nbgrader.")
    received: datetime | None = Field(default=None, description="When it came, as stated; UTC.")
    late: bool | None = Field(default=None, description="Whether the platform marks it as late.")
    attempt: int | None = Field(default=None, description="Counted from 1, as the platform does.")
    beside: tuple[str, ...] = Field(
        default=(),
        description="Files that were handed in beside the notebook, by their paths from there. "
        "They lie there when it is graded; `remarks` of the submission name those that do not.",
    )
    passed_over: tuple[IgnoredFile, ...] = Field(
        default=(), description="Other files of the same student, and why each does not count."
    )


class SubmissionResult(_Result):
    """The result of one submission."""

    student: str = Field(description="Id of the student.")
    notebook: str = Field(description="Path of the notebook that was graded.")
    sha256: str | None = Field(
        description="Of the file's bytes, and of those of files beside it where there are some; "
        "null where there was nothing to read."
    )
    status: SubmissionStatus = Field(description="Whether it was graded.")
    reason: str = Field(default="", description="Why it could not be graded in full.")
    score: Points = Field(description="The sum of the exercises' scores.")
    max_score: Points = Field(description="The sum of what its exercises are worth.")
    seconds: float = Field(
        description="Wall-clock time that it took [s]; 0 in what a student is shown."
    )
    doubt: SkipJsonSchema[Doubt] = Field(default=Doubt.NONE, exclude=True)
    """Whether the machine may have caused an exceeded limit; settled before the result is stored."""
    remarks: tuple[str, ...] = Field(
        default=(), description="What is odd about the file, or about how it was graded."
    )
    cells: tuple[CellFailure, ...] = Field(default=(), description="Cells that failed.")
    exercises: tuple[ExerciseResult, ...] = Field(
        default=(), description="In the order of the course."
    )
    hand_in: SubmissionInfo | None = Field(
        default=None, description="Null where nothing is known of it but its notebook."
    )


class LookAlike(_Result):
    """A student whose name looks like the different name of another."""

    student: str = Field(description="Id of the student.")
    text: str = Field(description="What looks alike: the student's id, or a name of the student.")


class RunHeader(_Result):
    """The part of the results that all submissions of a run share."""

    schema_version: int = Field(
        default=SCHEMA, serialization_alias="schema", description="Version of this form."
    )
    course: str = Field(description="Title of the course.")
    isolation: str = Field(description="The tier: strong, basic or none.")
    engine: str = Field(description="What ran the cells: sandbox or jupyter.")
    seed: int = Field(description="The seed that hidden inputs were drawn from.")
    ignored: tuple[IgnoredFile, ...] = Field(
        default=(), description="Files among the submissions that are none."
    )
    unknown: tuple[str, ...] = Field(
        default=(), description="Students of submissions who are not in the roster."
    )
    missing: tuple[str, ...] = Field(
        default=(), description="Ids in the roster that nothing was handed in for."
    )
    look_alike: tuple[tuple[LookAlike, ...], ...] = Field(
        default=(),
        description="Students whose names differ and look alike: each group may be one student. "
        "They are graded apart.",
    )


def results_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``results.json``."""
    run = RunHeader.model_json_schema(mode="serialization", by_alias=True)
    submission = SubmissionResult.model_json_schema(mode="serialization")
    definitions = {**run.pop("$defs"), **submission.pop("$defs")}
    definitions["SubmissionResult"] = submission
    run["properties"]["submissions"] = {
        "type": "array",
        "items": {"$ref": "#/$defs/SubmissionResult"},
        "description": "In the order in which they were found.",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **run,
        "title": "Results",
        "required": [*run["required"], "schema", "submissions"],
        "$defs": definitions,
    }


def for_student(result: SubmissionResult) -> SubmissionResult:
    """Return the result as its student may see it, without hidden inputs and expected values.

    The duration is left out: a function could wait for a time that encodes a hidden input.
    """
    exercises = tuple(_exercise_for_student(part) for part in result.exercises)
    return result.model_copy(update={"seconds": 0.0, "exercises": exercises})


def _exercise_for_student(exercise: ExerciseResult) -> ExerciseResult:
    checks = (
        check.model_copy(update={"message": check.seen_by_student}) for check in exercise.checks
    )
    return exercise.model_copy(update={"checks": tuple(checks)})
