"""``grader check``: one notebook, for the person who wrote it."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader.bundle import Later, StudentChecks, bundle_in_file, bundle_in_notebook, read_bundle
from grader.cache import Cache
from grader.cli.options import (
    EngineOption,
    ExerciseOption,
    IsolationOption,
    JsonOption,
    NoCacheOption,
    SeedOption,
    UnitOption,
    cache_unless,
    hidden_from_sessions,
)
from grader.course import load_course
from grader.course.nearby import courses_near
from grader.errors import NotebookError, UsageError
from grader.exports import ResultsStream
from grader.feedback import answered_points, later_text, submission_text
from grader.grading.grade import grade_submission, settled
from grader.grading.preparation import prepare_course
from grader.results import ExerciseResult, RunHeader, SubmissionResult, for_student
from grader.sandbox.engine import EngineName, Isolation
from grader.sandbox.engines import engines_for
from grader.sandbox.packages import install_command, missing_packages
from grader.sandbox.settings import SandboxSettings
from grader.submissions import Submission, find_submissions
from grader.submissions.files.byte_sources import FileSource
from grader.submissions.files.side_files import files_nearby

_SOME_FAILED = 1

OwnCourseOption = Annotated[
    Path | None,
    typer.Option(
        "--course",
        metavar="FOLDER",
        help="Folder that holds exercises/ and solutions/; where there is none, the checks are "
        "those in the notebook.",
    ),
]
ChecksOption = Annotated[
    Path | None,
    typer.Option("--checks", metavar="FILE", help="A released notebook to take the checks from."),
]


def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook.", show_default=False)],
    course: OwnCourseOption = None,
    checks: ChecksOption = None,
    unit: UnitOption = None,
    exercise: ExerciseOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="Run the hidden checks too; their inputs stay hidden.")
    ] = False,
    isolation: IsolationOption = None,
    engine: EngineOption = EngineName.SANDBOX,
    seed: SeedOption = 0,
    no_cache: NoCacheOption = False,
    as_json: JsonOption = False,
) -> None:
    """Check your own notebook and see why a point was lost.

    Runs the visible checks of the exercises, with --all the hidden ones too. They come from the
    course folder, or from the notebook itself, as your course released it.
    Exit status: 0 when all passed, 1 when some failed, 2 for a wrong call, course or machine.
    """
    tier = isolation or Isolation.NONE
    submission = _submission(notebook)
    folder, cache = _course_folder(course, checks), cache_unless(no_cache)
    if folder is None:
        _refuse_without_course(every=every, unit=unit)
        found = _given_checks(submission, checks).only(exercise or ())
    else:
        found = course_checks(folder, seed, exercise or (), unit or (), every=every, cache=cache)
    loaded = found.preparation.course
    hidden = [] if folder is None else hidden_from_sessions(loaded, cache)
    settings = loaded.sandbox_for(ready.exercise for ready in found.preparation.exercises)
    _tell_missing(settings)
    with engines_for(engine, settings, tier, hidden=hidden).start() as running:
        result = settled(grade_submission(found.preparation, submission, running))
    if as_json:
        header = RunHeader(course=loaded.title, isolation=tier, engine=engine, seed=seed)
        _print_json(result, header)
    else:
        print_text(result, found)
    if result.status != "graded" or any(map(_has_failed, result.exercises)):
        raise typer.Exit(_SOME_FAILED)


def _tell_missing(settings: SandboxSettings) -> None:
    missing = missing_packages(settings)
    if missing:
        named = ", ".join(f"`{package}`" for package in missing)
        command = install_command(missing, settings)
        told = f"Note: your course has {named}, not installed here. Install with: {command}"
        typer.echo(told, err=True)


def _print_json(result: SubmissionResult, header: RunHeader) -> None:
    stream = ResultsStream(sys.stdout, header)
    stream.add(for_student(result))
    stream.close()


def print_text(result: SubmissionResult, found: StudentChecks) -> None:
    """Print what a student reads of a notebook, as wide as the terminal up to 100 columns."""
    console = Console(highlight=False, markup=False)
    exercises = found.preparation.course.exercises.values()
    titles = {exercise.id: exercise.mistake_titles for exercise in exercises}
    page = submission_text(result, width=min(console.width, 100), titles=titles)
    console.print(page, soft_wrap=True)
    later = [found.later[ready.exercise.id] for ready in found.preparation.exercises]
    points = sum((each.points for each in later), Decimal(0))
    points += sum(map(answered_points, result.exercises), Decimal(0))
    text = later_text(points, [name for each in later for name in each.names])
    if text:
        console.print(text, soft_wrap=True)


def _has_failed(exercise: ExerciseResult) -> bool:
    """Tell whether something is wrong; what a person or the grading has yet to judge is not."""
    return any(check.status in ("fail", "error") for check in exercise.checks)


def _course_folder(course: Path | None, checks: Path | None) -> Path | None:
    """Return the course to check with; None where the checks come from a notebook."""
    if course is not None and checks is not None:
        raise UsageError("`--course` and `--checks` both say where the checks are: keep one.")
    if course is not None or checks is not None:
        return course
    here = Path()
    could_be = (here / "exercises" / "course.yaml", here / "course.yaml")
    return here if any(path.is_file() for path in could_be) else None


def _refuse_without_course(*, every: bool, unit: Collection[str] | None) -> None:
    if every or unit:
        option = "--all" if every else "--unit"
        raise UsageError(
            f"`{option}` needs the course's folder: name it with `--course`. The checks in a "
            "notebook are the visible ones of its own unit."
        )


def _given_checks(submission: Submission, checks: Path | None) -> StudentChecks:
    """Return the checks that a released notebook brings."""
    if checks is not None:
        return read_bundle(bundle_in_file(checks))
    bundle = bundle_in_notebook(submission.read())
    if bundle is None:
        raise NotebookError(
            "There is no course in this folder, and there are no checks in the notebook. Name a "
            "notebook as your course gave it to you with `--checks`, or the course's folder with "
            "`--course`."
            + "".join(f"\nFound a course in `{each}`." for each, _ in courses_near(Path()))
        )
    return read_bundle(bundle)


def course_checks(
    folder: Path,
    seed: int,
    only: Collection[str],
    units: Collection[str],
    *,
    every: bool,
    cache: Cache | None = None,
) -> StudentChecks:
    """Return the visible checks of some exercises or units of a course, or `every` one."""
    course = load_course(folder, cache=cache)
    preparation = prepare_course(
        course, seed=seed, only=only, units=units, visible_only=not every, cache=cache
    )
    exercises = (course.exercises[ready.exercise.id] for ready in preparation.exercises)
    hidden = {
        exercise.id: sum((c.points for c in exercise.checks if not c.visible), Decimal(0))
        for exercise in exercises
    }
    later = {name: Later(Decimal(0) if every else points) for name, points in hidden.items()}
    return StudentChecks(preparation, later)


def _submission(notebook: Path) -> Submission:
    found = find_submissions([notebook])
    if len(found) != 1:
        raise UsageError(
            f"{notebook} holds {len(found)} notebooks, and `check` takes one; "
            "`grader grade` takes them all."
        )
    (submission,) = found
    if notebook.is_dir() or not isinstance(submission.source, FileSource):
        return submission
    try:
        content = submission.read_bytes()
    except NotebookError:  # which is said when its turn comes
        return submission
    return replace(submission, beside=files_nearby(notebook, content))
