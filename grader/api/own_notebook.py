"""Checking a notebook for the person who wrote it: which checks there are, and what they find."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from pathlib import Path

from grader.api.report import Report
from grader.bundle import Later, StudentChecks, bundle_in_file, bundle_in_notebook, read_bundle
from grader.cache import Cache
from grader.course import Course
from grader.course.nearby import courses_near
from grader.errors import NotebookError, UsageError
from grader.grading.grade import grade_submission, settled
from grader.grading.preparation import prepare_course
from grader.results import SubmissionResult, for_student
from grader.sandbox.engine import EngineFactory
from grader.sandbox.packages import install_command, missing_packages
from grader.sandbox.settings import SandboxSettings
from grader.submissions import Submission

_NO_CHECKS = (
    "There is no course in this folder, and there are no checks in the notebook. Name a notebook "
    "as your course gave it to you with `--checks`, or the course's folder with `--course`."
)


def course_checks(
    course: Course,
    seed: int,
    only: Collection[str],
    units: Collection[str],
    *,
    hidden: bool,
    cache: Cache | None = None,
) -> StudentChecks:
    """Return the visible checks of some exercises or units of a course, or `hidden` ones too."""
    preparation = prepare_course(
        course, seed=seed, only=only, units=units, visible_only=not hidden, cache=cache
    )
    later = {
        ready.exercise.id: Later(
            Decimal(0) if hidden else _hidden_points(course, ready.exercise.id)
        )
        for ready in preparation.exercises
    }
    return StudentChecks(preparation, later)


def _hidden_points(course: Course, exercise: str) -> Decimal:
    checks = course.exercises[exercise].checks
    return sum((check.points for check in checks if not check.visible), Decimal(0))


def given_checks(submission: Submission, checks: Path | None) -> StudentChecks:
    """Return the checks that a released notebook brings.

    Raises
    ------
    NotebookError
        There are none in it, or they cannot be read.
    """
    if checks is not None:
        return read_bundle(bundle_in_file(checks))
    bundle = bundle_in_notebook(submission.read())
    if bundle is None:
        near = "".join(f"\nFound a course in `{each}`." for each, _ in courses_near(Path()))
        raise NotebookError(_NO_CHECKS + near)
    return read_bundle(bundle)


def refuse_without_course(*, hidden: bool, units: Collection[str]) -> None:
    """Raise UsageError where something was asked for that only a course's folder holds."""
    if hidden or units:
        option = "--all" if hidden else "--unit"
        raise UsageError(
            f"`{option}` needs the course's folder: name it with `--course`. The checks in a "
            "notebook are the visible ones of its own unit."
        )


def checked(submission: Submission, checks: StudentChecks, engines: EngineFactory) -> Report:
    """Run a notebook once, and return what the checks find."""
    preparation = checks.preparation
    with engines.start() as engine:
        result = settled(grade_submission(preparation, submission, engine))
    return report_of(result, checks, tuple(_notes(preparation.course.sandbox)))


def report_of(
    result: SubmissionResult, checks: StudentChecks, notes: tuple[str, ...] = ()
) -> Report:
    """Return what a student reads of a notebook that was checked."""
    course = checks.preparation.course
    titles = {exercise.id: exercise.mistake_titles for exercise in course.exercises.values()}
    shown = for_student(result)
    found = tuple((exercise, checks.later[exercise.id]) for exercise in shown.exercises)
    return Report(found, titles, shown, notes, course.title)


def _notes(settings: SandboxSettings) -> Iterator[str]:
    missing = missing_packages(settings)
    if missing:
        named = ", ".join(f"`{package}`" for package in missing)
        command = install_command(missing, settings)
        yield f"your course has {named}, not installed here. Install with: {command}"
