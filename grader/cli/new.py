"""``grader new``: the files of something new, with blanks to fill."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from grader.authoring.scaffold import prepare_scaffold, write_scaffold
from grader.cli.options import CourseOption, JsonOption

__all__ = ["new"]


class NewThing(StrEnum):
    """What can be made."""

    EXERCISE = "exercise"


def new(
    what: Annotated[  # noqa: ARG001 (there is one thing so far)
        NewThing, typer.Argument(help="What to make.", show_default=False)
    ],
    name: Annotated[
        str, typer.Argument(metavar="ID", help="Its id, a Python name.", show_default=False)
    ],
    unit: Annotated[
        str,
        typer.Option("--unit", help="Id of its unit; a new one is added.", show_default=False),
    ],
    course: CourseOption = Path(),
    title: Annotated[str, typer.Option("--title", help="What people read.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make the files of a new exercise, with an example of each part and blanks to fill.

    Adds it to course.yaml, and writes over nothing. `grader prove ID` tells what is still to do.
    """
    scaffold = prepare_scaffold(course, name, unit, title)
    write_scaffold(scaffold)
    if as_json:
        told = {
            "id": name,
            "unit": unit,
            "files": [str(path) for path in scaffold.files],
            "listed": scaffold.listed is not None,
            "advice": "" if scaffold.listed is not None else scaffold.advice,
        }
        typer.echo(json.dumps(told, indent=2))
        return
    for path in scaffold.files:
        typer.echo(f"{path}")
    if scaffold.listed is None:
        typer.echo(scaffold.advice)
    else:
        typer.echo(f"{scaffold.course_file} lists it.")
    typer.echo(f"Fill every FILL_IN, then run `grader prove {name}`.")
