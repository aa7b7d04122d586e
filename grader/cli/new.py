"""``grader new``: the files of something new."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from grader.authoring.new.first_course import EXERCISE, prepare_course_files
from grader.authoring.new.scaffold import prepare_scaffold, write_files, write_scaffold
from grader.cli.help import Group, commands
from grader.cli.options import CourseOption, JsonOption
from grader.course.nearby import require_course


class _Things(Group):
    """Says what can be made where something else is asked for."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            known = ", ".join(f"'{name}'" for name in self.commands)
            ctx.fail(f"'{args[0]}' is not one of {known}.")
        return super().resolve_command(ctx, args)


app = commands("Make the files of a new course, or of a new exercise in one.", cls=_Things)


@app.command(no_args_is_help=True)
def exercise(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="Its id, a Python name.", show_default=False)
    ],
    unit: Annotated[
        str,
        typer.Option(
            "--unit", metavar="ID", help="Its unit; a new one is added.", show_default=False
        ),
    ],
    course: CourseOption = Path(),
    title: Annotated[str, typer.Option("--title", metavar="TITLE", help="What people read.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make the files of a new exercise, with blanks to fill.

    They have an example of each part. Adds the exercise to course.yaml, and writes over nothing.
    `grader prove ID` tells what is still to do.
    """
    require_course(course)
    scaffold = prepare_scaffold(course, name, unit, title)
    write_scaffold(scaffold)
    if as_json:
        document = {
            "id": name,
            "unit": unit,
            "files": [str(path) for path in scaffold.files],
            "listed": scaffold.listed is not None,
            "advice": "" if scaffold.listed is not None else scaffold.advice,
        }
        typer.echo(json.dumps(document, indent=2))
        return
    for path in scaffold.files:
        typer.echo(f"{path}")
    if scaffold.listed is None:
        typer.echo(scaffold.advice)
    else:
        typer.echo(f"{scaffold.course_file} lists it.")
    typer.echo(f"Fill every FILL_IN, then run `grader prove {name}`.")


@app.command(no_args_is_help=True)
def course(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="Where it is to be; made if need be.", show_default=False
        ),
    ],
    title: Annotated[
        str,
        typer.Option(
            "--title",
            metavar="TITLE",
            help="What people read.",
            show_default="made of the folder's name",
        ),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Make a small course that works: one unit, with one exercise that is proven.

    Its README.md says what to do next. Writes over nothing.
    """
    files = prepare_course_files(folder, title)
    write_files(files)
    if as_json:
        document = {"folder": str(folder), "files": [str(path) for path in files]}
        typer.echo(json.dumps(document, indent=2))
        return
    for path in files:
        typer.echo(f"{path}")
    here = folder.resolve() == Path.cwd()
    named = "" if here else f" --course {folder}"
    typer.echo(
        f"A course with the exercise `{EXERCISE}`. {folder / 'README.md'} says what to do next:\n"
        f"  grader prove{named}\n"
        f"  grader release{named}\n"
        f"  grader new exercise ID --unit UNIT{named}"
    )
