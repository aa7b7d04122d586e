"""Options that several commands share, each stated once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from grader.engines import EngineName
from grader.sandbox.settings import Isolation

__all__ = [
    "HELP_OPTIONS",
    "CourseOption",
    "EngineOption",
    "ExerciseOption",
    "ExistingGradebookOption",
    "GradebookOption",
    "IsolationOption",
    "JobsOption",
    "JsonOption",
    "SchedulerOption",
    "SeedOption",
    "UnitOption",
    "cores",
]

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}
"""Settings of every command and every group of commands."""

CourseOption = Annotated[
    Path, typer.Option("--course", help="Folder that holds exercises/ and solutions/.")
]
ExerciseOption = Annotated[
    list[str] | None,
    typer.Option("--exercise", help="Only this exercise (its id); may be given several times."),
]
_GRADEBOOK = "Path of a SQLite file, or postgresql://USER@HOST/DATABASE."
_GRADEBOOK_VARIABLE = "GRADER_GRADEBOOK"  # a password on a command line is seen by all users
GradebookOption = Annotated[
    str | None,
    typer.Option(
        "--gradebook",
        envvar=_GRADEBOOK_VARIABLE,
        help=_GRADEBOOK,
        show_default="gradebook.db in --out",
    ),
]
ExistingGradebookOption = Annotated[
    str, typer.Option("--gradebook", envvar=_GRADEBOOK_VARIABLE, help=_GRADEBOOK)
]
UnitOption = Annotated[
    list[str] | None,
    typer.Option("--unit", help="Only the exercises of this unit; may be given several times."),
]
IsolationOption = Annotated[
    Isolation | None,
    typer.Option(
        "--isolation", help="How student code is shut in; see docs/security.md for the tiers."
    ),
]
EngineOption = Annotated[
    EngineName,
    typer.Option("--engine", help="What runs the cells: our sandbox, or a real Jupyter kernel."),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", min=1, help="Worker processes.", show_default="one a core"),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        help="Have the workers of this Dask scheduler grade: its address, or its scheduler file.",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed that hidden inputs are drawn from.")]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the machine-readable form, and nothing else.")
]


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
