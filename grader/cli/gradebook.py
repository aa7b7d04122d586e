"""``grader gradebook``: what a class has got."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, TextIO

import typer

from grader.checks.manual import ManualCheck
from grader.cli.options import CourseOption, ExistingGradebookOption, JsonOption
from grader.course import Course, Exercise, load_course
from grader.errors import UsageError
from grader.exports.gradebook import as_plain, write_csv, write_json
from grader.feedback.gradebook import class_lines, history_lines, student_lines
from grader.gradebook.book import Gradebook, open_gradebook
from grader.gradebook.dump import canonical_lines
from grader.gradebook.log import read_log, user_name
from grader.gradebook.marks import CriterionKey, add_marks, add_override
from grader.gradebook.people import import_roster as store_roster
from grader.gradebook.reporting import Reported, report
from grader.gradebook.verify import faults
from grader.submissions import load_roster
from grader.text import points_text, safe_text

__all__ = ["app"]

DEFAULT = "grades/gradebook.db"
_UNSOUND = 1

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Show, export, correct and verify what a class has got.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

BookOption = ExistingGradebookOption
StudentArgument = Annotated[str, typer.Argument(help="Id of the student.", show_default=False)]
WhoOption = Annotated[
    str | None, typer.Option("--who", help="Who decides.", show_default="the user at work")
]
WhyOption = Annotated[str, typer.Option("--why", help="The reason; students may read it.")]


@app.command()
def show(
    student: Annotated[
        str | None, typer.Argument(help="Id of a student; the class where absent.")
    ] = None,
    course: CourseOption = Path(),
    gradebook: BookOption = DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """Show what a student, or each of the class, has got."""
    loaded = load_course(course)
    with open_gradebook(gradebook, must_exist=True) as book:
        if student is not None:
            found = _one(book, loaded, student)
            _print([json.dumps(as_plain(found))] if as_json else student_lines(found))
        elif as_json:
            book.read(lambda c: write_json(sys.stdout, report(c, loaded)))
        else:
            book.read(lambda c: _print(class_lines(report(c, loaded))))


@app.command()
def history(
    student: StudentArgument,
    course: CourseOption = Path(),
    gradebook: BookOption = DEFAULT,
) -> None:
    """Show what a student handed in, and what was done about it, by whom and when."""
    with open_gradebook(gradebook, must_exist=True) as book:
        found = _one(book, load_course(course), student)
        entries = book.read(lambda c: list(read_log(c, student=student)))
    _print(history_lines(found.hand_ins, entries))


@app.command()
def export(
    course: CourseOption = Path(),
    gradebook: BookOption = DEFAULT,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write.", show_default="standard output")
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
    with open_gradebook(gradebook, must_exist=True) as book, _writable(out) as file:
        if canonical:
            book.read(lambda c: file.writelines(f"{line}\n" for line in canonical_lines(c)))
            return
        loaded = load_course(course)
        if as_json:
            book.read(lambda c: write_json(file, report(c, loaded)))
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
    typer.echo(f"{len(people)} students in the roster; {changed} are new or changed.")


@app.command()
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
    chosen = _exercise(loaded, exercise)
    points = None if score == "none" else _points(score)
    with open_gradebook(gradebook, must_exist=True, durable=True) as book:
        before = _one(book, loaded, student)
        book.write(
            lambda c: add_override(c, student, chosen.id, points, who=who or user_name(), why=why)
        )
        _print(_change(before, _one(book, loaded, student), chosen.id))


@app.command()
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
    chosen = _exercise(loaded, exercise)
    points = dict(_mark(chosen, each) for each in marks)
    with open_gradebook(gradebook, must_exist=True, durable=True) as book:
        before = _one(book, loaded, student)
        if chosen.id not in before.exercises:
            raise UsageError(f"`{safe_text(student)}` has handed in nothing for `{chosen.id}` yet.")
        content = before.exercises[chosen.id].hand_in.content_id
        assert content is not None
        book.write(
            lambda c: add_marks(c, student, content, points, who=who or user_name(), why=why)
        )
        _print(_change(before, _one(book, loaded, student), chosen.id))


@app.command()
def verify(gradebook: BookOption = DEFAULT) -> None:
    """Check that what is stored is whole: references, hashes, sums, the order of the log."""
    with open_gradebook(gradebook, must_exist=True) as book:
        found = book.read(lambda c: list(faults(c)))
        _print(found or [f"The gradebook {book.where} is sound."])
    if found:
        raise typer.Exit(_UNSOUND)


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


def _one(book: Gradebook, course: Course, student: str) -> Reported:
    found = book.read(lambda c: list(report(c, course, [student])))
    if not found:
        raise UsageError(f"The gradebook knows no student `{safe_text(student)}`.")
    return found[0]


def _exercise(course: Course, name: str) -> Exercise:
    if name not in course.exercises:
        known = ", ".join(course.exercises)
        raise UsageError(f"The course has no exercise `{safe_text(name)}`; it has: {known}.")
    return course.exercises[name]


def _points(text: str) -> Decimal:
    try:
        points = Decimal(text)
    except InvalidOperation as error:
        raise UsageError(f"`{safe_text(text)}` is no number of points.") from error
    if not (points.is_finite() and points >= 0):
        raise UsageError(f"`{safe_text(text)}` is no number of points.")
    return points


def _mark(exercise: Exercise, text: str) -> tuple[CriterionKey, Decimal]:
    """Return what CRITERION=POINTS means."""
    name, _, given = text.rpartition("=")
    rubric = {
        criterion.name: (check, criterion)
        for check in exercise.checks
        if isinstance(check, ManualCheck)
        for criterion in check.criteria
    }
    if name not in rubric:
        known = ", ".join(f"`{each}`" for each in rubric) or "none"
        raise UsageError(
            f"`{safe_text(text)}` is not CRITERION=POINTS; the criteria of `{exercise.id}` are: "
            f"{known}."
        )
    check, criterion = rubric[name]
    points = _points(given)
    if points > criterion.points:
        raise UsageError(f"`{name}` is worth {criterion.points} points, and no more.")
    return (exercise.id, check.name, criterion.name), points


def _change(before: Reported, after: Reported, exercise: str) -> Iterator[str]:
    old, new = before.exercises.get(exercise), after.exercises.get(exercise)
    if new is None:
        yield f"{exercise}: stored; it shows when there is a grade of it."
    else:
        was = points_text(old.score) if old else "nothing"
        yield f"{exercise}: {was} -> {points_text(new.score)} ({new.result.status})"
