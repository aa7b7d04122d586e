"""Decisions of instructors: marks by a rubric, and scores that override the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy import Connection

from grader.checks.yaml_model import Criterion
from grader.course import Exercise
from grader.gradebook.database import tables as t
from grader.gradebook.database.book import now, rows_of
from grader.gradebook.log import add_decision, add_entry, valid_decisions
from grader.results import CheckResult, ExerciseResult, points_text

CriterionKey: TypeAlias = tuple[str, str, str]
"""Exercise, check, criterion."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Points that a person gave for the content `content_id`."""

    exercise: str
    check: str
    criterion: str
    points: Decimal
    content_id: int
    who: str
    at: str
    why: str

    @property
    def key(self) -> CriterionKey:
        """The exercise, check and criterion."""
        return self.exercise, self.check, self.criterion


@dataclass(frozen=True, slots=True)
class Override:
    """A score that a person decided."""

    exercise: str
    score: Decimal
    who: str
    at: str
    why: str


def add_marks(
    connection: Connection,
    student: str,
    content: int,
    points: Mapping[CriterionKey, Decimal],
    *,
    who: str,
    why: str,
) -> None:
    """Store and log marks for a student's submission."""
    for (exercise, check, criterion), given in points.items():
        details = {
            "student": student,
            "exercise": exercise,
            "criterion": criterion,
            "points": str(given),
            "why": why,
        }
        row = details | {"content_id": content, "check_name": check, "who": who, "at": now()}
        connection.execute(t.MARKS.insert(), row)
        add_entry(connection, who, "mark", details | {"check": check})


def add_override(
    connection: Connection,
    student: str,
    exercise: str,
    score: Decimal | None,
    *,
    who: str,
    why: str,
) -> None:
    """Store and log an override; None takes the earlier one back."""
    text = None if score is None else str(score)
    details = {"student": student, "exercise": exercise, "score": text, "why": why}
    add_decision(connection, t.OVERRIDES, who, "override", details)


def read_marks(connection: Connection, students: Sequence[str]) -> dict[str, list[Mark]]:
    """Return the marks of each student, the newest last."""
    found: dict[str, list[Mark]] = {student: [] for student in students}
    for row in rows_of(connection, t.MARKS, students):
        key, points = (row.exercise, row.check_name, row.criterion), Decimal(row.points)
        found[row.student].append(Mark(*key, points, row.content_id, row.who, row.at, row.why))
    return found


def read_overrides(
    connection: Connection, students: Sequence[str]
) -> dict[str, dict[str, Override]]:
    """Return the valid overrides of each student, by exercise."""
    found = valid_decisions(connection, t.OVERRIDES, students, "exercise", "score")
    return {
        student: {
            exercise: Override(exercise, Decimal(row.score), row.who, row.at, row.why)
            for exercise, row in rows.items()
        }
        for student, rows in found.items()
    }


def with_marks(
    result: ExerciseResult, exercise: Exercise | None, marks: Mapping[CriterionKey, Mark]
) -> ExerciseResult:
    """Return a result with the marks of a person applied.

    A check is complete when each of its criteria has a mark; until then it stays open, with the
    points so far.
    """
    rubrics = {
        check.name: check.rubric for check in (exercise.checks if exercise else ()) if check.rubric
    }
    checks = tuple(
        _marked(check, rubrics[check.name], marks, result.id)
        if check.review and check.name in rubrics
        else check
        for check in result.checks
    )
    if checks == result.checks:
        return result
    score = sum((check.points for check in checks), Decimal(0))
    return result.model_copy(
        update={"checks": checks, "score": score, "status": _status(result, checks, score)}
    )


def _marked(
    check: CheckResult,
    rubric: Sequence[Criterion],
    marks: Mapping[CriterionKey, Mark],
    exercise: str,
) -> CheckResult:
    keys = [(exercise, check.name, criterion.name) for criterion in rubric]
    given = [marks[key] for key in keys if key in marks]
    if not given:
        return check
    points = sum((mark.points for mark in given), Decimal(0))
    message = "; ".join(
        f"{mark.criterion}: {points_text(mark.points)}" + (f" ({mark.why})" if mark.why else "")
        for mark in given
    )
    whole = len(given) == len(keys)
    status = "skipped" if not whole else "pass" if points == check.max_points else "fail"
    return check.model_copy(
        update={
            "points": points,
            "status": status,
            "message": message,
            "brief": message,
            "review": "" if whole else check.review,
        }
    )


def _status(result: ExerciseResult, checks: Sequence[CheckResult], score: Decimal) -> str:
    if result.status != "needs_review" or any(check.review for check in checks):
        return result.status
    if all(check.status == "pass" for check in checks):
        return "passed"
    return "partial" if score else "failed"
