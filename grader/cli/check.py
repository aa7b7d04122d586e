"""``grader check``: one notebook, for the person who wrote it."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader.cli.options import (
    CourseOption,
    EngineOption,
    ExerciseOption,
    IsolationOption,
    JsonOption,
    SeedOption,
    UnitOption,
)
from grader.course import Course, load_course
from grader.engines import EngineName, engines_for
from grader.errors import UsageError
from grader.exports import ResultsStream
from grader.feedback import points_text, submission_text
from grader.grading import grade_submission
from grader.preparation import Preparation, prepare_course
from grader.results import RunHeader, for_student
from grader.sandbox.settings import Isolation
from grader.submissions import Submission, find_submissions

__all__ = ["check"]

_SOME_FAILED = 1


def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook.", show_default=False)],
    course: CourseOption = Path(),
    unit: UnitOption = None,
    exercise: ExerciseOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="Run the hidden checks too; their inputs stay hidden.")
    ] = False,
    isolation: IsolationOption = None,
    engine: EngineOption = EngineName.SANDBOX,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Check your own notebook and see why a point was lost.

    Runs the visible checks of the exercises, with --all the hidden ones too.
    Exit status: 0 when all passed, 1 when some failed, 2 for a wrong call, course or machine.
    """
    tier = isolation or Isolation.NONE
    loaded = load_course(course)
    engines = engines_for(engine, loaded.sandbox, tier, hidden=[loaded.folder])
    submission = _submission(notebook)
    preparation = prepare_course(
        loaded, seed=seed, only=exercise or (), units=unit or (), visible_only=not every
    )
    with engines.start() as running:
        result = grade_submission(preparation, submission, running)
    if as_json:
        stream = ResultsStream(
            sys.stdout, RunHeader(course=loaded.title, isolation=tier, engine=engine, seed=seed)
        )
        stream.add(for_student(result))
        stream.close()
    else:
        console = Console(highlight=False, markup=False)
        console.print(submission_text(result, width=min(console.width, 100)), soft_wrap=True)
        hidden = Decimal(0) if every else _hidden_points(loaded, preparation)
        if hidden:
            console.print(f"Checks worth {points_text(hidden)} more points run when it is graded.")
    if result.status != "graded" or result.score != result.max_score:
        raise typer.Exit(_SOME_FAILED)


def _hidden_points(course: Course, preparation: Preparation) -> Decimal:
    exercises = [course.exercises[ready.exercise.id] for ready in preparation.exercises]
    hidden = (check.points for one in exercises for check in one.checks if not check.visible)
    return sum(hidden, Decimal(0))


def _submission(notebook: Path) -> Submission:
    found = find_submissions([notebook])
    if len(found) != 1:
        raise UsageError(
            f"{notebook} holds {len(found)} notebooks, and `check` takes one; "
            "`grader grade` takes them all."
        )
    return found[0]
