"""``grader new``: create the files of a course or an exercise."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from grader.authoring.new.example_course import prepare_example_files
from grader.authoring.new.first_course import EXERCISE, prepare_course_files
from grader.authoring.new.scaffold import prepare_scaffold, write_files, write_scaffold
from grader.cli.help import Group, commands
from grader.cli.options import CourseOption, JsonOption
from grader.course.nearby import require_course
from grader.errors import UsageError, command_for_extras

_EXAMPLE = "example-course"


class _Things(Group):
    """A group that lists its commands if another is given."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            known = ", ".join(f"'{name}'" for name in self.commands)
            ctx.fail(f"'{args[0]}' is not one of {known}.")
        return super().resolve_command(ctx, args)


app = commands("Create the files of a new course or exercise.", cls=_Things)


@app.command(no_args_is_help=True)
def exercise(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="Id: a Python name.", show_default=False)
    ],
    unit: Annotated[
        str,
        typer.Option("--unit", metavar="ID", help="Its unit, added if new.", show_default=False),
    ],
    course: CourseOption = Path(),
    title: Annotated[str, typer.Option("--title", metavar="TITLE", help="Title.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Create the files of a new exercise, with placeholders to fill in.

    The files have an example of each part. Adds the exercise to course.yaml, and overwrites
    nothing. `grader prove ID` shows what remains to be done.
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
    typer.echo(f"Replace every FILL_IN, then run `grader prove {name}`.")


@app.command(no_args_is_help=True)
def course(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help=f"Folder of the course, created if missing; default with --example: {_EXAMPLE}.",
            show_default=False,
        ),
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Copy the example course, with sample submissions.")
    ] = False,
    title: Annotated[
        str,
        typer.Option(
            "--title",
            metavar="TITLE",
            help="Title.",
            show_default="from the folder's name, or that of the example",
        ),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Create a small working course: one unit, with one proven exercise.

    With --example, copies the course that comes with the grader, with submissions to grade.
    Its README.md explains what to do next. Overwrites nothing.
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
    yield f"A course with the exercise `{EXERCISE}`. {folder / 'README.md'} says what to do next:"
    yield f"  grader prove{named}"
    yield f"  grader release{named}"
    yield f"  grader new exercise ID --unit UNIT{named}"


def _example_lines(folder: Path, files: Iterable[Path], named: str) -> Iterator[str]:
    parts = Counter(path.relative_to(folder).parts[0] for path in files)
    for part, count in parts.items():
        yield f"{folder / part}" + ("" if count == 1 else f": {count} files")
    yield f"The example course. {folder / 'README.md'} says what to do next:"
    if not all(map(find_spec, ("matplotlib", "pandas", "sklearn", "scipy"))):
        yield f"  {command_for_extras('course')}"
    yield f"  grader grade {shlex.quote(str(folder / 'submissions'))}{named}"
    yield f"  grader prove kl_asymmetry{named}"
    yield f"  grader release{named}"
