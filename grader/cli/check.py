"""``grader check``: check one notebook for its author."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.api.calls import check_notebook
from grader.cli.options import (
    EngineOption,
    ExerciseOption,
    IsolationOption,
    JsonOption,
    NoCacheOption,
    SeedOption,
    UnitOption,
    cache_unless,
)
from grader.sandbox.engine import EngineName, Isolation

if TYPE_CHECKING:
    from grader.api.report import Report

_SOME_FAILED = 1

OwnCourseOption = Annotated[
    Path | None,
    typer.Option(
        "--course",
        metavar="FOLDER",
        help="Folder with exercises/ and solutions/; without a course, the checks in the notebook "
        "are run.",
    ),
]
ChecksOption = Annotated[
    Path | None,
    typer.Option("--checks", metavar="FILE", help="Released notebook with the checks to run."),
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
    """Check your own notebook and see why points were lost.

    Runs the visible checks of the exercises, with --all the hidden ones too. The checks come from
    the course folder, or from the notebook as your course released it.
    Exit status: 0 if all passed, 1 if some failed, 2 for an error in the call, course or machine.
    """
    tier = isolation or Isolation.NONE
    report = check_notebook(
        notebook,
        course=course,
        checks=checks,
        exercises=exercise or (),
        units=unit or (),
        hidden=every,
        isolation=tier,
        engine=engine,
        seed=seed,
        cache=cache_unless(no_cache),
    )
    for note in report.notes:
        typer.echo(f"Note: {note}", err=True)
    if as_json:
        _print_json(report, tier, engine, seed)
    else:
        print_report(report)
    if not report.passed:
        raise typer.Exit(_SOME_FAILED)


def _print_json(report: Report, tier: Isolation, engine: EngineName, seed: int) -> None:
    from grader.exports import ResultsStream
    from grader.results import RunHeader

    header = RunHeader(course=report.course, isolation=tier, engine=engine, seed=seed)
    stream = ResultsStream(sys.stdout, header)
    if report.result is not None:
        stream.add(report.result)
    stream.close()


def print_report(report: Report) -> None:
    """Print the report on a notebook, as wide as the terminal up to 100 columns."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    for page in report.pages(min(console.width, 100)):
        console.print(page, soft_wrap=True)
