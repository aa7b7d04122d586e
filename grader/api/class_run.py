"""Grading a class, or again what a gradebook keeps: what a run is made of, before it begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.batch.head_start import HeadStart
from grader.batch.job import ClusterJob, LocalJob, job_for
from grader.cache import Cache
from grader.course import Course, Exercise
from grader.errors import NotebookError, UsageError
from grader.grading.preparation import chosen_exercises
from grader.notebook import LIMIT_BYTES
from grader.results import RunHeader, SubmissionInfo, SubmissionResult
from grader.sandbox.early_sandbox import EarlySandbox
from grader.sandbox.engine import EngineName, Isolation
from grader.submissions import (
    RosterStudent,
    StatedTime,
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
    from grader.batch.loop import ExecutorFactory
    from grader.batch.regrade import Regraded
    from grader.gradebook.people import KnownPerson
    from grader.gradebook.timing import Timing

IN_MEMORY = ":memory:"
"""The gradebook of a run that keeps none."""

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRun:
    """What is graded of a course in a run, and how.

    Attributes
    ----------
    course : Course
        The course.
    exercises : tuple of Exercise
        Those that are graded.
    isolation, engine, seed : Isolation, EngineName, int
        How.
    job : LocalJob or ClusterJob
        What does the work.
    """

    course: Course
    exercises: tuple[Exercise, ...]
    isolation: Isolation
    engine: EngineName
    seed: int
    job: LocalJob | ClusterJob


def course_run(
    course: Course,
    exercises: Sequence[str],
    units: Sequence[str],
    *,
    isolation: Isolation,
    engine: EngineName,
    seed: int,
    jobs: int | None,
    scheduler: str | None,
    cache: Cache | None,
    early: EarlySandbox | None = None,
) -> CourseRun:
    """Return what of a course is graded, and how; see `grader.grade_class`."""
    chosen = chosen_exercises(course, exercises, units)
    job = job_for(
        course,
        chosen,
        seed=seed,
        isolation=isolation,
        engine=engine,
        jobs=jobs,
        scheduler=scheduler,
        early=early,
        cache=cache,
    )
    return CourseRun(
        course=course,
        exercises=tuple(chosen),
        isolation=isolation,
        engine=engine,
        seed=seed,
        job=job,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRun:
    """A class that is to be graded; to iterate grades it, and yields every result in order.

    Attributes
    ----------
    run : CourseRun
        What is graded, and how.
    header : RunHeader
        What ``results.json`` says of the run.
    survey : Survey
        What was found where the submissions are.
    submissions : sequence of Submission
        Those that are graded, in the order of the results.
    roster : sequence of RosterStudent
        The class, where a roster was given.
    gradebook : str
        Where results are kept as they come.
    """

    run: CourseRun
    header: RunHeader
    survey: Survey
    submissions: Sequence[Submission]
    roster: Sequence[RosterStudent]
    gradebook: str

    def __iter__(self) -> Iterator[SubmissionResult]:
        """Grade what has no grade yet, and yield the result of every submission."""
        with self._worker() as job:
            yield from self._results(job)

    @contextmanager
    def _worker(self) -> Iterator[ExecutorFactory]:
        """Start the workers now where a sandbox was, so that they prepare while all else loads."""
        job = self.run.job
        if not isinstance(job, LocalJob) or job.early is None:
            yield job
            return
        with job.start() as executor:
            yield _Started(job, self._begun(executor, job))

    def _begun(self, executor: Executor, job: LocalJob) -> Executor:
        """Have the first notebook graded while the gradebook opens, which is new and lacks it."""
        if not self.submissions:
            return executor
        try:
            content = self.submissions[0].read_all()
        except NotebookError:  # which is reported when its turn comes
            return executor
        asked = job.asked([each.id for each in self.run.exercises])
        return HeadStart.of(executor, content, asked) if len(content) <= LIMIT_BYTES else executor

    def _results(self, job: ExecutorFactory) -> Iterator[SubmissionResult]:
        from grader.batch.grade import grade_submissions
        from grader.gradebook.database.book import open_gradebook
        from grader.gradebook.fingerprints import course_as_graded
        from grader.gradebook.log import user_name
        from grader.gradebook.people import import_roster, read_people

        run, roster, found = self.run, self.roster, self.submissions
        snapshot = course_as_graded(
            run.course, run.exercises, seed=run.seed, isolation=run.isolation, engine=run.engine
        )
        with open_gradebook(self.gradebook) as book:
            if roster:
                book.write(lambda connection: import_roster(connection, roster, who=user_name()))
            known = book.read(read_people)
            units = signs_of_units(run.course, run.exercises)
            results = grade_submissions(book, snapshot, found, job, who=user_name(), units=units)
            for result, submission in zip(results, found, strict=True):
                yield _with_hand_in(result, submission, known.get(submission.owner))

    def timing(self) -> Timing:
        """Return who handed in late, and by how much, as the gradebook has it."""
        from grader.gradebook.database.book import open_gradebook
        from grader.gradebook.storing import place_of
        from grader.gradebook.timing import timing_of

        places = {
            (each.owner or each.student, place_of(each.notebook, each.work))
            for each in self.submissions
        }
        with open_gradebook(self.gradebook) as book:
            return book.read(lambda connection: timing_of(connection, places))

    @property
    def course(self) -> Course:
        """The course that is graded."""
        return self.run.course

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """Those that are graded."""
        return self.run.exercises

    @property
    def shown_gradebook(self) -> str:
        """Where the gradebook is, without a password."""
        from grader.gradebook.database.address import gradebook_url, shown

        return shown(gradebook_url(self.gradebook))


@dataclass(frozen=True, slots=True)
class _Started:
    """A job whose workers were started before it was known that there is work."""

    job: LocalJob
    executor: Executor

    def start(self) -> AbstractContextManager[Executor]:
        return nullcontext(self.executor)

    def asked(self, missing: Sequence[str]) -> tuple[str, ...]:
        return self.job.asked(missing)


def class_run(
    run: CourseRun,
    paths: Sequence[Path],
    *,
    gradebook: str,
    roster: Path | None,
    times: Sequence[Path],
    students: Sequence[str],
    limit: int | None,
) -> ClassRun:
    """Find the submissions of a class; see `grader.grade_class`."""
    people = load_roster(roster) if roster else ()
    units = signs_of_units(run.course, run.exercises)
    stated = _stated(times, roster, run.course.policy.timezone)
    survey = survey_submissions(paths, people or None, units, stated)
    _require_some(survey)
    found = _wanted(survey.submissions, students, limit)
    return run_of(run, found, survey=survey, roster=people, gradebook=gradebook)


def run_of(
    run: CourseRun,
    found: Sequence[Submission],
    *,
    survey: Survey | None = None,
    roster: Sequence[RosterStudent] = (),
    gradebook: str = IN_MEMORY,
) -> ClassRun:
    """Return the run of submissions that were found."""
    survey = survey or Survey(tuple(found), ())
    header = RunHeader(
        course=run.course.title,
        isolation=run.isolation,
        engine=run.engine,
        seed=run.seed,
        ignored=survey.ignored,
        unknown=survey.unknown,
        missing=tuple(student.id for student in survey.missing),
        look_alike=survey.look_alike,
    )
    if isinstance(run.job, LocalJob):
        run = replace(run, job=replace(run.job, jobs=min(run.job.jobs, len(found))))
    return ClassRun(
        run=run,
        header=header,
        survey=survey,
        submissions=found,
        roster=roster,
        gradebook=gradebook,
    )


def regraded(
    gradebook: str,
    *,
    course: Course,
    exercises: Sequence[str],
    units: Sequence[str],
    jobs: int | None,
    scheduler: str | None,
    isolation: Isolation | None,
    seed: int | None,
    dry_run: bool,
    cache: Cache | None,
) -> Iterator[Regraded]:
    """Grade again what rests on something else now; see `grader.regrade`."""
    from grader.batch.regrade import regrade
    from grader.gradebook.database.book import open_gradebook
    from grader.gradebook.fingerprints import course_as_graded
    from grader.gradebook.history import last_run
    from grader.gradebook.log import user_name

    with open_gradebook(gradebook, must_exist=True) as book:
        last = book.read(last_run)
        run = course_run(
            course,
            exercises,
            units,
            isolation=isolation or Isolation(last.isolation if last else Isolation.STRONG),
            engine=EngineName(last.engine if last else EngineName.SANDBOX),
            seed=seed if seed is not None else last.seed if last else 0,
            jobs=jobs,
            scheduler=scheduler,
            cache=cache,
        )
        snapshot = course_as_graded(
            course, run.exercises, seed=run.seed, isolation=run.isolation, engine=run.engine
        )
        yield from regrade(book, snapshot, run.job, who=user_name(), dry_run=dry_run)


def _require_some(survey: Survey) -> None:
    if not survey.submissions:
        listed = "; ".join(f"in `{safe_text(each.path)}`: {each.why}" for each in survey.empty)
        raise UsageError(f"No notebook found {listed}. Name notebooks, or folders or zips of them.")


def _stated(tables: Sequence[Path], roster: Path | None, timezone: str) -> tuple[StatedTime, ...]:
    """Return when hand-ins came, as the given tables say; Moodle's worksheet may be the roster."""
    of_roster = times_in_roster(roster, timezone) if roster and not tables else ()
    return (*of_roster, *(each for table in tables for each in load_times(table, timezone)))


def _wanted(
    found: Sequence[Submission], students: Sequence[str], limit: int | None
) -> Sequence[Submission]:
    if not students:
        return found[:limit]
    names = [{each.student, each.owner} for each in found]
    for name in students:
        if not any(name in known for known in names):
            raise UsageError(
                f"No submission is from `{safe_text(name)}`. Among them are: {_some(found)}."
            )
    wanted = set(students)
    return [each for each, known in zip(found, names, strict=True) if wanted.intersection(known)][
        :limit
    ]


def _some(found: Sequence[Submission]) -> str:
    shown = [f"`{safe_text(each.student, limit=60)}`" for each in found[:_SHOWN]]
    return ", ".join(shown) + (" and more" if len(found) > _SHOWN else "")


def _with_hand_in(
    result: SubmissionResult, submission: Submission, person: KnownPerson | None
) -> SubmissionResult:
    hand_in = submission.hand_in
    if person is not None:
        known = {name: text for name, text in person._asdict().items() if text}
        hand_in = (hand_in or SubmissionInfo()).model_copy(update=known)
    # The gradebook goes by the student; a line here, by what tells two of one apart.
    return result.model_copy(update={"student": submission.student, "hand_in": hand_in})
