"""A run that grades a class: the submissions, the work, and the results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.batch.head_start import HeadStart
from grader.batch.job import ClusterJob, LocalJob
from grader.course import Course, Exercise
from grader.errors import NotebookError, UsageError
from grader.notebook import LIMIT_BYTES
from grader.results import RunHeader, SubmissionInfo, SubmissionResult
from grader.submissions import (
    RosterStudent,
    Submission,
    Survey,
    load_roster,
    load_times,
    signs_of_units,
    survey_submissions,
    times_in_roster,
)
from grader.text import safe_text

if TYPE_CHECKING:
    from grader.batch.executor import Executor
    from grader.gradebook.people import KnownPerson
    from grader.gradebook.timing import Timing

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRun:
    """A class to grade: iteration grades it, and yields the results in order.

    Attributes
    ----------
    job : LocalJob or ClusterJob
        The exercises to grade, and what grades them.
    survey : Survey
        Everything found at the given paths.
    submissions : sequence of Submission
        The submissions to grade, in the order of the results.
    roster : sequence of RosterStudent
        The class, if there is a roster.
    gradebook : str
        Where each result is stored at once; by default in memory, for this run only.
    """

    job: LocalJob | ClusterJob
    survey: Survey
    submissions: Sequence[Submission]
    roster: Sequence[RosterStudent] = ()
    gradebook: str = ":memory:"

    @property
    def course(self) -> Course:
        """The course."""
        return self.job.course

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """The exercises to grade."""
        return self.job.exercises

    @property
    def header(self) -> RunHeader:
        """The part of ``results.json`` that all submissions share."""
        job, survey = self.job, self.survey
        return RunHeader(
            course=job.course.title,
            isolation=job.isolation,
            engine=job.engine,
            seed=job.seed,
            ignored=survey.ignored,
            unknown=survey.unknown,
            missing=tuple(student.id for student in survey.missing),
            look_alike=survey.look_alike,
        )

    @property
    def shown_gradebook(self) -> str:
        """Location of the gradebook, without a password."""
        from grader.gradebook.database.address import gradebook_url, shown

        return shown(gradebook_url(self.gradebook))

    def __iter__(self) -> Iterator[SubmissionResult]:
        """Grade what has no grade yet, and yield the result of every submission."""
        with self._workers() as job:
            yield from self._results(job)

    @contextmanager
    def _workers(self) -> Iterator[LocalJob | ClusterJob]:
        """Start the workers now if their sandbox runs, to prepare while the rest is imported."""
        job = self.job
        if isinstance(job, LocalJob):
            job = replace(job, jobs=min(job.jobs, len(self.submissions)))
            if job.early is not None:
                with job.start() as executor:
                    yield replace(job, started=self._with_head_start(executor))
                return
        yield job

    def _with_head_start(self, executor: Executor) -> Executor:
        """Start to grade the first notebook while the gradebook, which is new, is opened."""
        if not self.submissions:
            return executor
        try:
            content = self.submissions[0].read_all()
        except NotebookError:  # reported when the gradebook is open
            return executor
        names = self.job.with_upstream([each.id for each in self.exercises])
        return HeadStart.of(executor, content, names) if len(content) <= LIMIT_BYTES else executor

    def _results(self, job: LocalJob | ClusterJob) -> Iterator[SubmissionResult]:
        from grader.batch.grade import grade_submissions
        from grader.gradebook.database.book import open_gradebook
        from grader.gradebook.log import user_name
        from grader.gradebook.people import import_roster, read_people

        roster, found, who = self.roster, self.submissions, user_name()
        snapshot = job.snapshot()
        with open_gradebook(self.gradebook) as book:
            if roster:
                book.write(lambda connection: import_roster(connection, roster, who=who))
            known = book.read(read_people)
            units = signs_of_units(self.course, self.exercises)
            results = grade_submissions(book, snapshot, found, job, who=who, units=units)
            for result, submission in zip(results, found, strict=True):
                yield _with_hand_in(result, submission, known.get(submission.owner))

    def timing(self) -> Timing:
        """Return the late submissions, and how late each is, as the gradebook has them."""
        from grader.gradebook.database.book import open_gradebook
        from grader.gradebook.storing import place_of
        from grader.gradebook.timing import timing_of

        places = {
            (each.owner or each.student, place_of(each.notebook, each.work))
            for each in self.submissions
        }
        with open_gradebook(self.gradebook) as book:
            return book.read(lambda connection: timing_of(connection, places))


def class_run(
    job: LocalJob | ClusterJob,
    paths: Sequence[Path],
    *,
    gradebook: str | None,
    roster: Path | None,
    times: Sequence[Path],
    students: Sequence[str],
    limit: int | None,
) -> ClassRun:
    """Find the submissions of a class; see `grader.grade_class`."""
    people = load_roster(roster) if roster else ()
    units = signs_of_units(job.course, job.exercises)
    timezone = job.course.policy.timezone
    stated = [each for table in times for each in load_times(table, timezone)]
    if roster and not times:  # Moodle's worksheet is a roster with times
        stated += times_in_roster(roster, timezone)
    survey = survey_submissions(paths, people or None, units, stated)
    if not survey.submissions:
        listed = "; ".join(f"in `{safe_text(each.path)}`: {each.why}" for each in survey.empty)
        raise UsageError(f"No notebook found {listed}. Name notebooks, or folders or zips of them.")
    found = _of_students(survey.submissions, students)[:limit]
    return ClassRun(
        job=job, survey=survey, submissions=found, roster=people, gradebook=gradebook or ":memory:"
    )


def _of_students(found: Sequence[Submission], students: Sequence[str]) -> Sequence[Submission]:
    if not students:
        return found
    known = {name for each in found for name in (each.student, each.owner)}
    for name in students:
        if name not in known:
            some = ", ".join(f"`{safe_text(each.student, limit=60)}`" for each in found[:_SHOWN])
            more = " and more" if len(found) > _SHOWN else ""
            raise UsageError(
                f"No submission is from `{safe_text(name)}`. Among them are: {some}{more}."
            )
    return [each for each in found if not {each.student, each.owner}.isdisjoint(students)]


def _with_hand_in(
    result: SubmissionResult, submission: Submission, person: KnownPerson | None
) -> SubmissionResult:
    hand_in = submission.hand_in
    if person is not None:
        known = {name: text for name, text in person._asdict().items() if text}
        hand_in = (hand_in or SubmissionInfo()).model_copy(update=known)
    # The gradebook stores the owner; a result names the submission, of which one may have several.
    return result.model_copy(update={"student": submission.student, "hand_in": hand_in})
