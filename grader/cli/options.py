"""Options that several commands share, each stated once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from grader.sandbox.engine import EngineName, Isolation

if TYPE_CHECKING:
    from grader.cache import Cache

NOT_ALL_GRADED, STOPPED = 3, 130
"""Exit statuses of a run: some could not be graded; it was interrupted."""

CourseOption = Annotated[
    Path,
    typer.Option(
        "--course",
        metavar="FOLDER",
        help="Folder that holds exercises/ and solutions/.",
        show_default="the current one",
    ),
]
ExerciseOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exercise", metavar="ID", help="Only this exercise (its id); may be given several times."
    ),
]
_GRADEBOOK = "Path of a SQLite file, or postgresql://USER@HOST/DATABASE."
_GRADEBOOK_VARIABLE = "GRADER_GRADEBOOK"  # a password on a command line is seen by all users
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
ExistingGradebookOption = Annotated[
    str,
    typer.Option("--gradebook", metavar="FILE|URL", envvar=_GRADEBOOK_VARIABLE, help=_GRADEBOOK),
]
UnitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--unit", metavar="ID", help="Only the exercises of this unit; may be given several times."
    ),
]
IsolationOption = Annotated[
    Isolation | None,
    typer.Option(
        "--isolation",
        metavar="TIER",
        help="How student code is shut in: strong, basic or none (docs/security.md).",
    ),
]
EngineOption = Annotated[
    EngineName,
    typer.Option(
        "--engine",
        metavar="NAME",
        help="What runs the cells: sandbox, or jupyter, which is a real kernel.",
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", min=1, help="Worker processes.", show_default="one a core"),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="Have the workers of this Dask scheduler grade: its address, or its scheduler file.",
    ),
]
SeedOption = Annotated[
    int, typer.Option("--seed", metavar="N", help="Seed that hidden inputs are drawn from.")
]
NoCacheOption = Annotated[
    bool,
    typer.Option(
        "--no-cache", help="Work out every expected value afresh, and keep none for the next run."
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the machine-readable form, and nothing else.")
]


def cache_unless(no_cache: bool) -> Cache | Literal[False]:
    """Return what earlier runs left on this machine; a note says why it cannot be used."""
    if no_cache:
        return False
    from grader.cache import open_cache

    return open_cache(lambda why: typer.echo(f"Note: {why}", err=True)) or False
