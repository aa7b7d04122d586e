"""``grader gradebook``: what a class has got."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer
from sqlalchemy import Connection

from grader.cli.gradebook_arguments import (
    named_mark,
    named_points,
    named_student,
    require_course_of,
)
from grader.cli.gradebook_extend import extend, extensions
from grader.cli.help import commands
from grader.cli.options import CourseOption, ExistingGradebookOption, JsonOption
from grader.course import load_course
from grader.errors import UsageError
from grader.exports.gradebook_tables import as_plain, plain_groups, write_csv, write_json
from grader.feedback.gradebook_lines import class_lines, history_lines, student_lines
from grader.gradebook.database.book import open_gradebook
from grader.gradebook.decisions import add_marks, add_override
from grader.gradebook.dump import canonical_lines
from grader.gradebook.log import read_log, user_name
from grader.gradebook.people import import_roster as store_roster
from grader.gradebook.people import read_names
from grader.gradebook.reporting import Reported, report
from grader.gradebook.verify import faults
from grader.grading.preparation import chosen_exercises
from grader.results import LookAlike, points_text
from grader.submissions import load_roster, looking_alike
from grader.text import safe_text

DEFAULT = "grades/gradebook.db"
_UNSOUND = 1
# `-1` is a score that is refused, not an option that is not there.
_NEGATIVE = {"ignore_unknown_options": True}

app = commands("Show, export, correct and verify what a class has got.")

BookOption = ExistingGradebookOption
StudentArgument = Annotated[
    str, typer.Argument(help="Id, e-mail address or name of the student.", show_default=False)
]
WhoOption = Annotated[
    str | None,
    typer.Option("--who", metavar="NAME", help="Who decides.", show_default="the user at work"),
]
WhyOption = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason; students may read it.")
]


@app.command()
def show(
    student: Annotated[
        str | None,
        typer.Argument(help="Id, e-mail address or name of a student; the class where absent."),
    ] = None,
    course: CourseOption = Path(),
    gradebook: BookOption = DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """Show what a student, or each of the class, has got."""
    loaded = load_course(course)
    with open_gradebook(gradebook, must_exist=True) as book:
        if student is not None:
            found = named_student(book, loaded, student, partly=True)
            alike = [
                group
                for group in book.read(_look_alike)
                if any(each.student == found.student for each in group)
            ]
            if as_json:
                _print([json.dumps(as_plain(found) | plain_groups(alike))])
            else:
                _print(student_lines(found, loaded, alike, width=_width()))
            return
        require_course_of(book, loaded)
        if as_json:
            book.read(lambda c: write_json(sys.stdout, report(c, loaded), _look_alike(c)))
        else:
            width = _width()
            book.read(
                lambda c: _print(
                    class_lines(report(c, loaded), loaded, _look_alike(c), width=width)
                )
            )


@app.command()
def history(
    student: StudentArgument,
    course: CourseOption = Path(),
    gradebook: BookOption = DEFAULT,
) -> None:
    """Show what a student handed in, and what was done about it, by whom and when."""
    loaded = load_course(course)
    with open_gradebook(gradebook, must_exist=True) as book:
        found = named_student(book, loaded, student, partly=True)
        entries = book.read(lambda c: list(read_log(c, student=found.student)))
    _print(history_lines(found.hand_ins, entries))


@app.command()
def export(
    course: CourseOption = Path(),
    gradebook: BookOption = DEFAULT,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="File to write.", show_default="standard output"
        ),
    ] = None,
    as_json: JsonOption = False,
    canonical: Annotated[
        bool,
        typer.Option(
            "--canonical", help="All that is stored, but for times, in an order that is its own."
        ),
    ] = False,
) -> None:
    """Write the grades of the class as CSV, or all that is known with --json."""
    loaded = None if canonical else load_course(course)
    with open_gradebook(gradebook, must_exist=True) as book, _writable(out) as file:
        if loaded is None:
            book.read(lambda c: file.writelines(f"{line}\n" for line in canonical_lines(c)))
            return
        require_course_of(book, loaded)
        if as_json:
            book.read(lambda c: write_json(file, report(c, loaded), _look_alike(c)))
        else:
            book.read(lambda c: write_csv(file, report(c, loaded), list(loaded.exercises)))


@app.command("import-roster")
def import_roster(
    roster: Annotated[
        Path, typer.Argument(help="CSV: id, name, email, section, extension.", show_default=False)
    ],
    gradebook: BookOption = DEFAULT,
    who: WhoOption = None,
) -> None:
    """Store names, addresses, sections and extensions of the class."""
    people = load_roster(roster)
    with open_gradebook(gradebook, durable=True) as book:
        changed = book.write(lambda c: store_roster(c, people, who=who or user_name()))
        where = book.where
    students = "1 student" if len(people) == 1 else f"{len(people)} students"
    typer.echo(f"{students} in the roster, {changed} of them new or changed in {where}.")


@app.command(context_settings=_NEGATIVE)
def override(
    student: StudentArgument,
    exercise: Annotated[str, typer.Argument(help="Id of the exercise.", show_default=False)],
    score: Annotated[
        str, typer.Argument(help="The points, or `none` to take it back.", show_default=False)
    ],
    why: WhyOption,
    course: CourseOption = Path(),
    gradebook: BookOption = DEFAULT,
    who: WhoOption = None,
) -> None:
    """Set a student's score of an exercise, whatever the checks find now or later."""
    loaded = load_course(course)
    (chosen,) = chosen_exercises(loaded, [exercise])
    points = None if score == "none" else named_points(score, chosen.points, chosen.id)
    if not why.strip():
        raise UsageError("An override needs its reason: --why TEXT. Students may read it.")
    with open_gradebook(gradebook, must_exist=True, durable=True) as book:
        before = named_student(book, loaded, student)
        book.write(
            lambda c: add_override(
                c, before.student, chosen.id, points, who=who or user_name(), why=why
            )
        )
        typer.echo(_change(before, named_student(book, loaded, before.student), chosen.id))


@app.command(context_settings=_NEGATIVE)
def mark(
    student: StudentArgument,
    exercise: Annotated[str, typer.Argument(help="Id of the exercise.", show_default=False)],
    marks: Annotated[
        list[str], typer.Argument(help="CRITERION=POINTS of its rubric.", show_default=False)
    ],
    why: WhyOption = "",
    course: CourseOption = Path(),
    gradebook: BookOption = DEFAULT,
    who: WhoOption = None,
) -> None:
    """Mark what a student wrote by the rubric of an exercise."""
    loaded = load_course(course)
    (chosen,) = chosen_exercises(loaded, [exercise])
    points = dict(named_mark(chosen, each) for each in marks)
    with open_gradebook(gradebook, must_exist=True, durable=True) as book:
        before = named_student(book, loaded, student)
        reported = before.exercises.get(chosen.id)
        if reported is None or reported.hand_in is None:
            raise UsageError(
                f"`{safe_text(student)}` has handed in nothing for `{chosen.id}` yet. `grader "
                "gradebook override` sets a score all the same."
            )
        content = reported.hand_in.content_id
        assert content is not None
        book.write(
            lambda c: add_marks(c, before.student, content, points, who=who or user_name(), why=why)
        )
        typer.echo(_change(before, named_student(book, loaded, before.student), chosen.id))


app.command(context_settings=_NEGATIVE)(extend)
app.command()(extensions)


@app.command()
def verify(gradebook: BookOption = DEFAULT) -> None:
    """Check that what is stored is whole: references, hashes, sums, the order of the log."""
    with open_gradebook(gradebook, must_exist=True) as book:
        found = book.read(lambda c: list(faults(c)))
        _print(found or [f"The gradebook {book.where} is sound."])
    if found:
        raise typer.Exit(_UNSOUND)


def _look_alike(connection: Connection) -> Sequence[Sequence[LookAlike]]:
    return looking_alike(read_names(connection))


def _width() -> int:
    """Return the columns to fill: those of a terminal, up to a readable length of lines."""
    return min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else 80


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


@contextmanager
def _writable(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise UsageError(
            f"Cannot write `{path}`: {error.strerror}. Choose another --out."
        ) from error


def _change(before: Reported, after: Reported, exercise: str) -> str:
    old, new = before.exercises.get(exercise), after.exercises.get(exercise)
    was, now = (points_text(each.score) if each else "nothing" for each in (old, new))
    return f"{exercise}: {was} -> {now}" + (f" ({new.result.status})" if new else "")
