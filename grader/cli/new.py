"""``grader new``: the files of something new."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from grader.authoring.new.example_course import prepare_example_files
from grader.authoring.new.first_course import EXERCISE, prepare_course_files
from grader.authoring.new.scaffold import prepare_scaffold, write_files, write_scaffold
from grader.cli.extras import missing_modules
from grader.cli.help import Group, commands
from grader.cli.options import CourseOption, JsonOption
from grader.course.nearby import require_course
from grader.errors import UsageError, command_for_extras

_EXAMPLE = "example-course"


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
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help=f"Where it is to be; made if need be. With --example: {_EXAMPLE}.",
            show_default=False,
        ),
    ] = None,
    example: Annotated[
        bool,
        typer.Option("--example", help="A copy of the example course, with sample submissions."),
    ] = False,
    title: Annotated[
        str,
        typer.Option(
            "--title",
            metavar="TITLE",
            help="What people read.",
            show_default="made of the folder's name, or that of the example",
        ),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Make a small course that works: one unit, with one exercise that is proven.

    With --example, a copy of the course that comes with the grader, with submissions to grade.
    Its README.md says what to do next. Writes over nothing.
    """
    if folder is None and not example:
        raise UsageError("Name the folder of the course: `grader new course FOLDER`.")
    folder = folder or Path(_EXAMPLE)
    files = prepare_example_files(folder, title) if example else prepare_course_files(folder, title)
    write_files(files)
    if as_json:
        written = {"folder": str(folder), "files": [str(path) for path in files]}
        typer.echo(json.dumps(written, indent=2))
        return
    named = "" if folder.resolve() == Path.cwd() else f" --course {shlex.quote(str(folder))}"
    for line in (_example_lines if example else _first_course_lines)(folder, files, named):
        typer.echo(line)


def _first_course_lines(folder: Path, files: Iterable[Path], named: str) -> Iterator[str]:
    yield from map(str, files)
    yield f"A course with the exercise `{EXERCISE}`. {_what_next(folder)}"
    yield f"  grader prove{named}"
    yield f"  grader release{named}"
    yield f"  grader new exercise ID --unit UNIT{named}"


def _what_next(folder: Path) -> str:
    return f"{folder / 'README.md'} says what to do next:"


def _example_lines(folder: Path, files: Iterable[Path], named: str) -> Iterator[str]:
    parts = Counter(path.relative_to(folder).parts[0] for path in files)
    for part, count in parts.items():
        yield f"{folder / part}" + ("" if count == 1 else f": {count} files")
    yield f"The example course. {_what_next(folder)}"
    if missing_modules("course"):
        yield f"  {command_for_extras('course')}"
    yield f"  grader grade {shlex.quote(str(folder / 'submissions'))}{named}"
    yield f"  grader prove kl_asymmetry{named}"
    yield f"  grader release{named}"
