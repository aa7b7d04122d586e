"""What students have: grades with marks, overrides, attempts and late days applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from grader.course import Course, Exercise
from grader.gradebook.database import tables as t
from grader.gradebook.database.book import by_bytes
from grader.gradebook.extensions import ALL_UNITS, Given, read_extensions
from grader.gradebook.history import past_grades
from grader.gradebook.marks import (
    CriterionKey,
    Mark,
    Override,
    read_marks,
    read_overrides,
    with_marks,
)
from grader.gradebook.policy import Attempt, Lateness, choose_attempt, lateness
from grader.gradebook.reading import Findings
from grader.gradebook.versions import current_versions
from grader.results import ExerciseResult, total

_PAGE = 50


@dataclass(frozen=True, slots=True)
class StoredSubmission:
    """A hand-in, as the gradebook has it."""

    notebook: str
    sha256: str | None
    content_id: int | None
    fault: str
    received: str | None
    first_seen: str
    late: bool | None = None


@dataclass(frozen=True, slots=True)
class ReportedExercise:
    """What a student has of one exercise.

    Attributes
    ----------
    result : ExerciseResult
        Of the hand-in that counts, with marks, before late days and overrides; after the last
        attempt with the explanations that come then.
    score : Decimal
        What is reported.
    late : Lateness
        Of that hand-in.
    attempt : int
        Which of the hand-ins with a grade counts, from 1; 0 where none has one.
    spent, max_attempts : int, int or None
        Attempts that were spent, and how many may be.
    override : Override or None
        The person's word that the score is.
    hand_in : StoredSubmission or None
        The hand-in that counts; None where an override stands without any.
    """

    result: ExerciseResult
    score: Decimal
    late: Lateness
    attempt: int
    spent: int
    max_attempts: int | None
    override: Override | None
    hand_in: StoredSubmission | None


@dataclass(frozen=True, slots=True)
class Reported:
    """What a student has."""

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
        """Of all exercises."""
        return total(each.score for each in self.exercises.values())


def report(
    connection: Connection, course: Course, students: Sequence[str] | None = None
) -> Iterator[Reported]:
    """Yield what students have, by their ids; all of them where none is named."""
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
        more, own = extensions[row.id], hand_ins[row.id]
        record = _StudentRecord(
            course, row.extension, more, grades, marks[row.id], overrides[row.id]
        )
        found = {name: record.exercise(name, own) for name in course.exercises}
        person = (row.id, row.name, row.email, row.section, row.extension)
        yield Reported(*person, tuple(own), _charged(course, found), more)


def _hand_ins(connection: Connection, students: Sequence[str]) -> dict[str, list[StoredSubmission]]:
    """Return each student's hand-ins, in the order in which they came."""
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
    """All that is known of one student."""

    course: Course
    extension: str
    extensions: Mapping[str, Given]
    grades: Mapping[int, Mapping[str, ExerciseResult]]
    marks: Sequence[Mark]
    overrides: Mapping[str, Override]

    def exercise(self, name: str, hand_ins: Sequence[StoredSubmission]) -> ReportedExercise | None:
        """Return what the student has of an exercise; None where there is no grade of it."""
        exercise, override = self.course.exercises[name], self.overrides.get(name)
        every = list(self._graded(name, hand_ins))
        # A notebook of another unit is no attempt.
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
        if result.status == "not_attempted":  # what is not there did not come late
            return Lateness()
        extension = extension_for(exercise.unit, self.extensions, self.extension)
        policy, received, late = self.course.policy, hand_in.received, hand_in.late
        return lateness(policy, exercise.unit, received, extension, late)

    def _graded(
        self, name: str, hand_ins: Sequence[StoredSubmission]
    ) -> Iterator[tuple[StoredSubmission, ExerciseResult]]:
        """Yield what was graded, with marks; the same handed in twice in a row is one hand-in."""
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
        """Return the marks that hold for a content: those of it, and of the same work in others."""
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


def extension_for(unit: str, given: Mapping[str, Given], of_roster: str) -> str:
    """Return how much more time a student has for a unit; what is said of it alone goes first."""
    found = given.get(unit) or given.get(ALL_UNITS)
    return found.until if found else of_roster


def _charged(
    course: Course, found: Mapping[str, ReportedExercise | None]
) -> dict[str, ReportedExercise]:
    """Leave out the units of which a student has nothing, where there is something of others."""
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
    """Return a person's word on what was never handed in as a notebook, or could not be graded."""
    nothing = ExerciseResult(
        id=exercise.id,
        title=exercise.title,
        score=Decimal(0),
        max_score=exercise.points,
        status="not_attempted",
        spends_attempt=False,
        checks=(),
    )
    return ReportedExercise(
        result=nothing,
        score=override.score,
        late=Lateness(),
        attempt=0,
        spent=0,
        max_attempts=exercise.max_attempts,
        override=override,
        hand_in=None,
    )


def _after_last_attempt(result: ExerciseResult, exercise: Exercise) -> ExerciseResult:
    """Return the result with the explanations that a student may read once attempts are spent."""
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
