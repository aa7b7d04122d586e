"""Decisions of instructors: marks by a rubric, overrides of scores, and extensions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Table, select

from grader.checks.yaml_model import Criterion
from grader.course import Exercise
from grader.gradebook.database import tables as t
from grader.gradebook.database.book import by_bytes, now
from grader.gradebook.log import add_entry
from grader.results import CheckResult, ExerciseResult, points_text

CriterionKey: TypeAlias = tuple[str, str, str]
"""Exercise, check, criterion."""

ALL_UNITS = ""
"""The unit of an extension for all units."""


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
    _add_decision(connection, t.OVERRIDES, who, "override", details)


def read_marks(connection: Connection, students: Sequence[str]) -> dict[str, list[Mark]]:
    """Return the marks of each student, the newest last."""
    found: dict[str, list[Mark]] = {student: [] for student in students}
    for row in _rows(connection, t.MARKS, students):
        key, points = (row.exercise, row.check_name, row.criterion), Decimal(row.points)
        found[row.student].append(Mark(*key, points, row.content_id, row.who, row.at, row.why))
    return found


def read_overrides(
    connection: Connection, students: Sequence[str]
) -> dict[str, dict[str, Override]]:
    """Return the valid overrides of each student, by exercise."""
    found = _valid_decisions(connection, t.OVERRIDES, students, "exercise", "score")
    return {
        student: {
            exercise: Override(exercise, Decimal(row.score), row.who, row.at, row.why)
            for exercise, row in rows.items()
        }
        for student, rows in found.items()
    }


@dataclass(frozen=True, slots=True)
class Given:
    """An extension that an instructor gave.

    Attributes
    ----------
    unit : str
        Id of the unit, or `ALL_UNITS`.
    until : str
        In the form of `grader.submissions.roster.extension`: a moment, or a number of days.
    who, at, why : str
        Person, time and reason.
    """

    unit: str
    until: str
    who: str
    at: str
    why: str


def add_extension(
    connection: Connection, student: str, unit: str, until: str | None, *, who: str, why: str
) -> None:
    """Store and log an extension; None takes the earlier one back."""
    details = {"student": student, "unit": unit, "until": until, "why": why}
    _add_decision(connection, t.EXTENSIONS, who, "extend", details)


def read_extensions(
    connection: Connection, students: Sequence[str]
) -> dict[str, Mapping[str, Given]]:
    """Return the valid extensions of each student, by unit."""
    found = _valid_decisions(connection, t.EXTENSIONS, students, "unit", "until")
    return {
        student: {
            unit: Given(unit, row.until, row.who, row.at, row.why) for unit, row in by_unit.items()
        }
        for student, by_unit in found.items()
    }


def list_extensions(connection: Connection) -> Iterator[tuple[str, Given]]:
    """Yield each valid extension with its student, by the students' ids."""
    student_id = t.EXTENSIONS.c.student
    query = select(student_id).group_by(student_id).order_by(by_bytes(connection, student_id))
    students = list(connection.scalars(query))
    for student, by_unit in read_extensions(connection, students).items():
        for given in by_unit.values():
            yield student, given


def _add_decision(
    connection: Connection, table: Table, who: str, what: str, details: Mapping[str, Any]
) -> None:
    """Add a row about an instructor's decision, and log it."""
    connection.execute(table.insert(), {**details, "who": who, "at": now()})
    add_entry(connection, who, what, details)


def _valid_decisions(
    connection: Connection, table: Table, students: Sequence[str], key: str, value: str
) -> dict[str, dict[str, Row[Any]]]:
    """Return each student's newest decision by its `key`; one without a `value` cancels it."""
    found: dict[str, dict[str, Row[Any]]] = {student: {} for student in students}
    for row in _rows(connection, table, students):
        found[row.student].pop(getattr(row, key), None)
        if getattr(row, value) is not None:
            found[row.student][getattr(row, key)] = row
    return found


def _rows(connection: Connection, table: Table, students: Sequence[str]) -> Sequence[Row[Any]]:
    """Return the rows of a table about these students, in the order of their addition."""
    query = select(table).where(table.c.student.in_(students)).order_by(table.c.id)
    return connection.execute(query).all()


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
