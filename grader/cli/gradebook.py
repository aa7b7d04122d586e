"""``grader gradebook``: show, export, correct and verify the grades of a class."""

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
    StudentArgument,
    WhoOption,
    WhyOption,
    named_mark,
    named_points,
    named_student,
    require_course_of,
)
from grader.cli.gradebook_extend import extend, extensions
from grader.cli.help import commands
from grader.cli.options import DEFAULT_GRADEBOOK, CourseOption, ExistingGradebookOption, JsonOption
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
from grader.text import count_text, safe_text

_UNSOUND = 1
# `-1` is refused as a score, not as an unknown option.
_NEGATIVE = {"ignore_unknown_options": True}

app = commands("Show, export, correct and verify the grades of a class.")


@app.command()
def show(
    student: Annotated[
        str | None,
        typer.Argument(help="Id, e-mail address or name of a student.", show_default="the class"),
    ] = None,
    course: CourseOption = Path(),
    gradebook: ExistingGradebookOption = DEFAULT_GRADEBOOK,
    as_json: JsonOption = False,
) -> None:
    """Show the grades of a student, or of the class."""
    loaded = load_course(course)
    with open_gradebook(gradebook, must_exist=True) as book:
        if student is not None:
            found = named_student(book, loaded, student, partly=True)
            groups = book.read(_look_alike)
            alike = [one for one in groups if found.student in {each.student for each in one}]
            if as_json:
                _print([json.dumps(as_plain(found) | plain_groups(alike))])
            else:
                _print(student_lines(found, loaded, alike, width=_width()))
            return
        require_course_of(book, loaded)
        if as_json:
            book.read(lambda c: write_json(sys.stdout, report(c, loaded), _look_alike(c)))
        else:
            book.read(
                lambda c: _print(
                    class_lines(report(c, loaded), loaded, _look_alike(c), width=_width())
                )
            )


@app.command()
def history(
    student: StudentArgument,
    course: CourseOption = Path(),
    gradebook: ExistingGradebookOption = DEFAULT_GRADEBOOK,
) -> None:
    """Show the submissions of a student, and every change of their grades, by whom and when."""
    loaded = load_course(course)
    with open_gradebook(gradebook, must_exist=True) as book:
        found = named_student(book, loaded, student, partly=True)
        entries = book.read(lambda c: list(read_log(c, student=found.student)))
    _print(history_lines(found.hand_ins, entries))


@app.command()
def export(
    course: CourseOption = Path(),
    gradebook: ExistingGradebookOption = DEFAULT_GRADEBOOK,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="File to write.", show_default="standard output"
        ),
    ] = None,
    as_json: JsonOption = False,
    canonical: Annotated[
        bool,
        typer.Option("--canonical", help="Everything stored except times, in a canonical order."),
    ] = False,
) -> None:
    """Write the grades of the class as CSV, or all details with --json."""
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
    gradebook: ExistingGradebookOption = DEFAULT_GRADEBOOK,
    who: WhoOption = None,
) -> None:
    """Store the names, addresses, sections and extensions of the class."""
    people = load_roster(roster)
    with open_gradebook(gradebook, durable=True) as book:
        changed = book.write(lambda c: store_roster(c, people, who=who or user_name()))
        where = book.where
    students = count_text(len(people), "student")
    typer.echo(f"{students} in the roster, {changed} of them new or changed in {where}.")


@app.command(context_settings=_NEGATIVE)
def override(
    student: StudentArgument,
    exercise: Annotated[str, typer.Argument(help="Id of the exercise.", show_default=False)],
    score: Annotated[
        str, typer.Argument(help="Points, or `none` to undo an override.", show_default=False)
    ],
    why: WhyOption,
    course: CourseOption = Path(),
    gradebook: ExistingGradebookOption = DEFAULT_GRADEBOOK,
    who: WhoOption = None,
) -> None:
    """Set a student's score of an exercise, regardless of the checks now and later."""
    loaded = load_course(course)
    (chosen,) = chosen_exercises(loaded, [exercise])
    points = None if score == "none" else named_points(score, chosen.points, chosen.id)
    if not why.strip():
        raise UsageError("An override needs a reason: --why TEXT. Students may read it.")
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
        list[str], typer.Argument(help="CRITERION=POINTS of the rubric.", show_default=False)
    ],
    why: WhyOption = "",
    course: CourseOption = Path(),
    gradebook: ExistingGradebookOption = DEFAULT_GRADEBOOK,
    who: WhoOption = None,
) -> None:
    """Mark a student's answer by the rubric of an exercise."""
    loaded = load_course(course)
    (chosen,) = chosen_exercises(loaded, [exercise])
    points = dict(named_mark(chosen, each) for each in marks)
    with open_gradebook(gradebook, must_exist=True, durable=True) as book:
        before = named_student(book, loaded, student)
        reported = before.exercises.get(chosen.id)
        if reported is None or reported.hand_in is None:
            raise UsageError(
                f"`{safe_text(student)}` has not submitted anything for `{chosen.id}` yet. `grader "
                "gradebook override` can set a score."
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
def verify(gradebook: ExistingGradebookOption = DEFAULT_GRADEBOOK) -> None:
    """Verify the gradebook: references, hashes, sums, and the order of the log."""
    with open_gradebook(gradebook, must_exist=True) as book:
        found = book.read(lambda c: list(faults(c)))
        _print(found or [f"The gradebook {book.where} is sound."])
    if found:
        raise typer.Exit(_UNSOUND)


def _look_alike(connection: Connection) -> Sequence[Sequence[LookAlike]]:
    return looking_alike(read_names(connection))


def _width() -> int:
    """Return the width of the terminal, at most 100 columns; 80 without a terminal."""
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
