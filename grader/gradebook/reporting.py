"""Reported grades of students, with marks, overrides, attempts and late days applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from grader.course import Course, Exercise
from grader.gradebook.database import tables as t
from grader.gradebook.database.book import by_bytes
from grader.gradebook.decisions import (
    ALL_UNITS,
    CriterionKey,
    Given,
    Mark,
    Override,
    read_extensions,
    read_marks,
    read_overrides,
    with_marks,
)
from grader.gradebook.history import past_grades
from grader.gradebook.policy import Attempt, Lateness, choose_attempt, lateness
from grader.gradebook.reading import Findings
from grader.gradebook.versions import current_versions
from grader.results import ExerciseResult, total

_PAGE = 50


@dataclass(frozen=True, slots=True)
class StoredSubmission:
    """A submission, as the gradebook stores it."""

    notebook: str
    sha256: str | None
    content_id: int | None
    fault: str
    received: str | None
    first_seen: str
    late: bool | None = None


@dataclass(frozen=True, slots=True)
class ReportedExercise:
    """The grade of a student in one exercise.

    Attributes
    ----------
    result : ExerciseResult
        Result of the submission that counts, with marks, before late days and overrides; after the
        last attempt with the explanations that are then shown.
    score : Decimal
        The reported score.
    max_attempts : int or None
        Number of attempts that may be spent.
    override : Override or None
        The instructor's decision on the score.
    hand_in : StoredSubmission or None
        The submission that counts; None for an override without any.
    late : Lateness
        Lateness of that submission.
    attempt : int
        Number of that submission among those with a grade, from 1; 0 if there is none.
    spent : int
        Attempts that were spent.
    """

    result: ExerciseResult
    score: Decimal
    max_attempts: int | None
    override: Override | None
    hand_in: StoredSubmission | None = None
    late: Lateness = field(default_factory=Lateness)
    attempt: int = 0
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Reported:
    """A student with all submissions and grades."""

    student: str
    name: str
    email: str
    section: str
    extension: str
    hand_ins: tuple[StoredSubmission, ...]
    exercises: Mapping[str, ReportedExercise]
    extensions: Mapping[str, Given] = field(default_factory=dict)

    @property
    def score(self) -> Decimal:
        """Sum of the scores of all exercises."""
        return total(each.score for each in self.exercises.values())


def report(
    connection: Connection, course: Course, students: Sequence[str] | None = None
) -> Iterator[Reported]:
    """Yield the named students with their grades, by their ids; None names all of them."""
    reported, findings = current_versions(connection), Findings()
    key = by_bytes(connection, t.STUDENTS.c.id)
    last = ""
    while True:
        query = select(t.STUDENTS).where(key > last).order_by(key).limit(_PAGE)
        if students is not None:
            query = query.where(t.STUDENTS.c.id.in_(students))
        page = connection.execute(query).all()
        if not page:
            return
        last = page[-1].id
        yield from _page(connection, course, page, reported, findings)


def _page(
    connection: Connection,
    course: Course,
    page: Sequence[Row[Any]],
    reported: Mapping[str, int],
    findings: Findings,
) -> Iterator[Reported]:
    students = [row.id for row in page]
    hand_ins = _hand_ins(connection, students)
    contents = {
        each.content_id for own in hand_ins.values() for each in own if each.content_id is not None
    }
    grades = past_grades(connection, contents, list(course.exercises), reported, findings)
    marks, overrides = read_marks(connection, students), read_overrides(connection, students)
    extensions = read_extensions(connection, students)
    for row in page:
        id_, more, own = row.id, extensions[row.id], hand_ins[row.id]
        record = _StudentRecord(course, row.extension, more, grades, marks[id_], overrides[id_])
        found = {name: record.exercise(name, own) for name in course.exercises}
        person = (id_, row.name, row.email, row.section, row.extension)
        yield Reported(*person, tuple(own), _charged(course, found), more)


def _hand_ins(connection: Connection, students: Sequence[str]) -> dict[str, list[StoredSubmission]]:
    """Return each student's submissions in the order in which they came."""
    columns = t.SUBMISSIONS.c
    values = [{**t.CONTENTS.c, **columns}[each.name] for each in fields(StoredSubmission)]
    query = (
        select(columns.student, *values)
        .select_from(t.SUBMISSIONS.outerjoin(t.CONTENTS))
        .where(columns.student.in_(students))
        .order_by(columns.id)
    )
    found: dict[str, list[StoredSubmission]] = {student: [] for student in students}
    for student, *row in connection.execute(query):
        found[student].append(StoredSubmission(*row))
    return found


@dataclass(frozen=True, slots=True)
class _StudentRecord:
    """All stored data of one student."""

    course: Course
    extension: str
    extensions: Mapping[str, Given]
    grades: Mapping[int, Mapping[str, ExerciseResult]]
    marks: Sequence[Mark]
    overrides: Mapping[str, Override]

    def exercise(self, name: str, hand_ins: Sequence[StoredSubmission]) -> ReportedExercise | None:
        """Return the student's grade in an exercise; None if there is none."""
        exercise, override = self.course.exercises[name], self.overrides.get(name)
        every = list(self._graded(name, hand_ins))
        # A notebook about another unit is no attempt.
        tried = [one for one in every if one[1].status != "not_attempted"]
        graded = tried or every
        if not graded:
            return None if override is None else _without_grade(exercise, override)
        late = [self._late(exercise, hand_in, result) for hand_in, result in graded]
        attempts = [
            Attempt(
                score=result.score * (1 - late[place].penalty),
                attempted=result.status != "not_attempted",
                spends=result.spends_attempt,
            )
            for place, (_, result) in enumerate(graded)
        ]
        chosen, spent = choose_attempt(attempts, exercise.counts, exercise.max_attempts)
        hand_in, result = graded[chosen]
        if exercise.max_attempts is not None and spent >= exercise.max_attempts:
            result = _after_last_attempt(result, exercise)
        return ReportedExercise(
            result=result,
            score=attempts[chosen].score if override is None else override.score,
            late=late[chosen],
            attempt=chosen + 1,
            spent=spent,
            max_attempts=exercise.max_attempts,
            override=override,
            hand_in=hand_in,
        )

    def _late(
        self, exercise: Exercise, hand_in: StoredSubmission, result: ExerciseResult
    ) -> Lateness:
        if result.status == "not_attempted":  # a missing answer cannot be late
            return Lateness()
        # An extension for this unit precedes one for all units, and that one the roster's.
        given = self.extensions.get(exercise.unit) or self.extensions.get(ALL_UNITS)
        extension = given.until if given else self.extension
        policy, received, late = self.course.policy, hand_in.received, hand_in.late
        return lateness(policy, exercise.unit, received, extension, late)

    def _graded(
        self, name: str, hand_ins: Sequence[StoredSubmission]
    ) -> Iterator[tuple[StoredSubmission, ExerciseResult]]:
        """Yield the graded submissions with marks; the same file twice in a row counts once."""
        before = None
        for hand_in in hand_ins:
            content = hand_in.content_id
            if content is None or content == before or name not in self.grades[content]:
                continue
            before = content
            result = self.grades[content][name]
            marks = self._marks(content, result)
            yield hand_in, with_marks(result, self.course.exercises[name], marks)

    def _marks(self, content: int, result: ExerciseResult) -> Mapping[CriterionKey, Mark]:
        """Return the marks for a content: its own, and those of the same answer in others."""
        return {
            mark.key: mark
            for mark in self.marks
            if mark.exercise == result.id
            and (mark.content_id == content or self._same_work(mark, result))
        }

    def _same_work(self, mark: Mark, result: ExerciseResult) -> bool:
        marked = self.grades.get(mark.content_id, {}).get(mark.exercise)
        ours, theirs = _review(result, mark.check), _review(marked, mark.check)
        return bool(ours) and ours == theirs


def _charged(
    course: Course, found: Mapping[str, ReportedExercise | None]
) -> dict[str, ReportedExercise]:
    """Leave out the units without any answer, if there are answers in others."""
    known = {name: each for name, each in found.items() if each is not None}
    units = {
        course.exercises[name].unit
        for name, each in known.items()
        if each.result.status != "not_attempted" or each.override is not None
    }
    return {
        name: each
        for name, each in known.items()
        if not units or course.exercises[name].unit in units
    }


def _without_grade(exercise: Exercise, override: Override) -> ReportedExercise:
    """Return an override for an exercise that was never handed in or could not be graded."""
    nothing = ExerciseResult(
        id=exercise.id,
        title=exercise.title,
        score=Decimal(0),
        max_score=exercise.points,
        status="not_attempted",
        spends_attempt=False,
        checks=(),
    )
    return ReportedExercise(nothing, override.score, exercise.max_attempts, override)


def _after_last_attempt(result: ExerciseResult, exercise: Exercise) -> ExerciseResult:
    """Return the result with the explanations that are shown once attempts are spent."""
    if exercise.explain != "last_attempt":
        return result
    explanations = {check.name: check.explanation for check in exercise.checks}
    checks = tuple(
        check.model_copy(update={"explanation": explanations.get(check.name, "")})
        if check.status in ("fail", "skipped")
        else check
        for check in result.checks
    )
    return result.model_copy(update={"checks": checks})


def _review(result: ExerciseResult | None, check: str) -> str:
    return next((one.review for one in result.checks if one.name == check), "") if result else ""
