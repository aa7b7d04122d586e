"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from grader.sandbox.engine import EngineName, Isolation

if TYPE_CHECKING:
    from grader.cache import Cache

NOT_ALL_GRADED, STOPPED = 3, 130
"""Exit statuses of a run: some submissions could not be graded; the run was interrupted."""

CourseOption = Annotated[
    Path,
    typer.Option(
        "--course",
        metavar="FOLDER",
        help="Folder with exercises/ and solutions/.",
        show_default="current folder",
    ),
]
ExerciseOption = Annotated[
    list[str] | None,
    typer.Option("--exercise", metavar="ID", help="Only the exercise with this id; repeatable."),
]
_GRADEBOOK = "Path of a SQLite file, or postgresql://USER@HOST/DATABASE."
_GRADEBOOK_VARIABLE = "GRADER_GRADEBOOK"  # all users can see a password on a command line
GradebookOption = Annotated[
    str | None,
    typer.Option(
        "--gradebook",
        metavar="FILE|URL",
        envvar=_GRADEBOOK_VARIABLE,
        help=_GRADEBOOK,
        show_default="gradebook.db in --out",
    ),
]
DEFAULT_GRADEBOOK = "grades/gradebook.db"
ExistingGradebookOption = Annotated[
    str,
    typer.Option("--gradebook", metavar="FILE|URL", envvar=_GRADEBOOK_VARIABLE, help=_GRADEBOOK),
]
UnitOption = Annotated[
    list[str] | None,
    typer.Option("--unit", metavar="ID", help="Only the exercises of this unit; repeatable."),
]
IsolationOption = Annotated[
    Isolation | None,
    typer.Option(
        "--isolation",
        metavar="TIER",
        help="Isolation of student code: strong, basic or none (docs/security.md).",
    ),
]
EngineOption = Annotated[
    EngineName,
    typer.Option(
        "--engine",
        metavar="NAME",
        help="What runs the cells: sandbox, or jupyter for a real kernel.",
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs", metavar="N", min=1, help="Worker processes.", show_default="one per core"
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="Grade on the workers of this Dask scheduler: its address or scheduler file.",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of hidden inputs.")]
NoCacheOption = Annotated[
    bool,
    typer.Option(
        "--no-cache", help="Compute every expected value again, and store none for the next run."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def cache_unless(no_cache: bool) -> Cache | Literal[False]:
    """Return this machine's cache; print a note if it cannot be used."""
    if no_cache:
        return False
    from grader.cache import open_cache

    return open_cache(lambda why: typer.echo(f"Note: {why}", err=True)) or False
