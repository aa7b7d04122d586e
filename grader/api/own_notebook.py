"""Check a notebook for its author: find the checks, run them, and report."""

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
    "as your course gave it to you with `checks=`, or the course's folder with `course=`."
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
    """Return the visible checks of exercises or units of a course, with `hidden` all checks."""
    preparation = prepare_course(
        course, seed=seed, only=only, units=units, visible_only=not hidden, cache=cache
    )
    later = {}
    for name in (ready.exercise.id for ready in preparation.exercises):
        left = (each for each in course.exercises[name].checks if not (each.visible or hidden))
        later[name] = Later(sum((check.points for check in left), Decimal(0)))
    return StudentChecks(preparation, later)


def given_checks(submission: Submission, checks: Path | None) -> StudentChecks:
    """Return the checks in a released notebook; NotebookError if it has no readable checks."""
    if checks is not None:
        return read_bundle(bundle_in_file(checks))
    bundle = bundle_in_notebook(submission.read())
    if bundle is None:
        near = "".join(f"\nFound a course in `{each}`." for each, _ in courses_near(Path()))
        raise NotebookError(_NO_CHECKS + near)
    return read_bundle(bundle)


def refuse_without_course(*, hidden: bool, units: Collection[str]) -> None:
    """Raise UsageError if the options need the folder of a course."""
    if hidden or units:
        option = "hidden" if hidden else "units"
        raise UsageError(
            f"`{option}=` needs the course's folder: name it with `course=`. The checks in a "
            "notebook are the visible ones of its own unit."
        )


def settings_of(checks: StudentChecks) -> SandboxSettings:
    """Return the sandbox settings that the exercises need."""
    preparation = checks.preparation
    return preparation.course.sandbox_for(ready.exercise for ready in preparation.exercises)


def checked(submission: Submission, checks: StudentChecks, engines: EngineFactory) -> Report:
    """Run a notebook once, and return the results of its checks."""
    preparation = checks.preparation
    with engines.start() as engine:
        result = settled(grade_submission(preparation, submission, engine))
    return report_of(result, checks, tuple(_notes(preparation.course.sandbox)))


def report_of(
    result: SubmissionResult, checks: StudentChecks, notes: tuple[str, ...] = ()
) -> Report:
    """Return the report of a notebook that was checked, as its student may see it."""
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
