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

    name: str = Field(description="Name of the check in the exercise.")
    kind: str = Field(description="The kind of check: function, value, quiz and so on.")
    status: CheckStatus = Field(description="The outcome.")
    points: Points = Field(description="Points earned.")
    max_points: Points = Field(description="Points possible.")
    visible: bool = Field(description="Whether the student may see inputs and expected values.")
    message: str = Field(
        default="",
        description="Why the points were lost, with the names of exceptions; for the instructor "
        "alone where the check is not `visible`.",
    )
    brief: str = Field(
        default="",
        description="Message of a hidden check for the student: no input, no expected value, and "
        "almost nothing that the student's code could choose.",
    )
    hint: str = Field(default="", description="A hint for the student.")
    mistake: str | None = Field(default=None, description="Id of the recognised mistake.")
    review: str = Field(default="", description="Text to mark by hand, if any.")
    explanation: str = Field(
        default="", description="Why the right answer is right, if the student may see it."
    )
    understood: bool = Field(
        default=True, description="Whether the answer could be read; if not, it spends no attempt."
    )

    @property
    def seen_by_student(self) -> str:
        """The message that the student may read."""
        return self.message if self.visible else self.brief


class ExerciseResult(_Result):
    """The result of one exercise."""

    id: str = Field(description="Id of the exercise.")
    title: str = Field(description="Title of the exercise.")
    score: Points = Field(description="Points earned by its checks, rounded once.")
    max_score: Points = Field(description="Points possible.")
    status: ExerciseStatus = Field(description="The outcome of its checks together.")
    spends_attempt: bool = Field(default=True, description="Whether any answer could be judged.")
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

    path: str = Field(description="Path of the file.")
    why: str = Field(description="Why it is not a submission.")


class SubmissionInfo(_Result):
    """Details of a submission in addition to its notebook, independent of when it is read."""

    name: str = Field(default="", description="The student's name, for people to read.")
    email: str = Field(default="", description="The student's e-mail address.")
    section: str = Field(default="", description="The student's section.")
    platform: str = Field(default="", description="canvas, moodle, gradescope or nbgrader.")
    received: datetime | None = Field(default=None, description="Stated time of submission, UTC.")
    late: bool | None = Field(default=None, description="Whether the platform marks it as late.")
    attempt: int | None = Field(default=None, description="Counted from 1, as the platform does.")
    beside: tuple[str, ...] = Field(
        default=(),
        description="Paths of files submitted with the notebook, relative to it. Grading provides "
        "them, except those that `remarks` of the submission names.",
    )
    passed_over: tuple[IgnoredFile, ...] = Field(
        default=(), description="Other files of the same student, and why each does not count."
    )


class SubmissionResult(_Result):
    """The result of one submission."""

    student: str = Field(description="Id of the student.")
    notebook: str = Field(description="Path of the notebook that was graded.")
    sha256: str | None = Field(
        description="Hash of the notebook's bytes, and of the files submitted with it; null if "
        "nothing could be read."
    )
    status: SubmissionStatus = Field(description="Whether it was graded.")
    reason: str = Field(default="", description="Why it could not be graded in full.")
    score: Points = Field(description="The sum of the exercises' scores.")
    max_score: Points = Field(description="The sum of the exercises' possible points.")
    seconds: float = Field(description="Wall-clock time of grading [s]; 0 in results for students.")
    doubt: SkipJsonSchema[Doubt] = Field(default=Doubt.NONE, exclude=True)
    """Whether the machine may have caused an exceeded limit; settled before storing."""
    remarks: tuple[str, ...] = Field(
        default=(), description="Remarks about the file or its grading."
    )
    cells: tuple[CellFailure, ...] = Field(default=(), description="Cells that failed.")
    exercises: tuple[ExerciseResult, ...] = Field(
        default=(), description="In the order of the course."
    )
    hand_in: SubmissionInfo | None = Field(
        default=None, description="Null if nothing is known except the notebook."
    )


class LookAlike(_Result):
    """A student whose name looks like the different name of another."""

    student: str = Field(description="Id of the student.")
    text: str = Field(description="The text that looks alike: id or name of the student.")


class RunHeader(_Result):
    """The part of the results that all submissions of a run share."""

    schema_version: int = Field(
        default=SCHEMA, serialization_alias="schema", description="Version of this format."
    )
    course: str = Field(description="Title of the course.")
    isolation: str = Field(description="The tier: strong, basic or none.")
    engine: str = Field(description="What ran the cells: sandbox or jupyter.")
    seed: int = Field(description="Seed of hidden inputs.")
    ignored: tuple[IgnoredFile, ...] = Field(
        default=(), description="Files among the submissions that are not submissions."
    )
    unknown: tuple[str, ...] = Field(
        default=(), description="Students with submissions who are not on the roster."
    )
    missing: tuple[str, ...] = Field(
        default=(), description="Ids of students on the roster without a submission."
    )
    look_alike: tuple[tuple[LookAlike, ...], ...] = Field(
        default=(),
        description="Students with different names that look alike: each group may be one student. "
        "They are graded separately.",
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
        "description": "In the order of the run.",
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
