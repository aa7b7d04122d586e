"""Arguments of ``grader gradebook`` commands, validated against the course and gradebook."""

from __future__ import annotations

import difflib
import re
from decimal import Decimal
from typing import Annotated

import typer
from sqlalchemy import select

from grader.course import Course, Exercise
from grader.errors import UsageError
from grader.gradebook.database import tables as t
from grader.gradebook.database.book import Gradebook
from grader.gradebook.decisions import CriterionKey
from grader.gradebook.people import StudentMatch, find_students
from grader.gradebook.reporting import Reported, report
from grader.gradebook.versions import current_versions
from grader.results import points_text
from grader.text import safe_text

_LISTED = 10

StudentArgument = Annotated[
    str, typer.Argument(help="Id, e-mail address or name of the student.", show_default=False)
]
WhoOption = Annotated[
    str | None,
    typer.Option("--who", metavar="NAME", help="Who decides.", show_default="the current user"),
]
WhyOption = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason; students may read it.")
]
_POINTS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


def require_course_of(book: Gradebook, course: Course) -> None:
    """Raise UsageError if the gradebook has grades, but only of another course.

    All scores would be shown as missing.
    """
    graded = book.read(current_versions)
    if graded and not graded.keys() & course.exercises.keys():
        known = ", ".join(f"`{name}`" for name in sorted(graded)[:3])
        raise UsageError(
            f"The gradebook {book.where} holds grades of another course than `{course.title}`: of "
            f"{known}{' and more' if len(graded) > 3 else ''}. Name its folder with --course."
        )


def named_student(
    book: Gradebook, course: Course, student: str, *, partly: bool = False
) -> Reported:
    """Return the grades of a student, given by id, e-mail address or name.

    With `partly`, part of a name suffices; commands that write do not accept it. Raises UsageError
    if no student matches, or if several do.
    """
    require_course_of(book, course)
    found = book.read(lambda c: find_students(c, student, partly=partly))
    if len(found) > 1:
        listed = "\n".join(f"  {_described(one)}" for one in found[:_LISTED])
        more = f"\n  and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise UsageError(
            f"`{safe_text(student)}` may be {len(found)} students. Give the id of one:\n"
            f"{listed}{more}"
        )
    if found:
        (reported,) = book.read(lambda c: list(report(c, course, [found[0].id])))
        return reported
    known = book.read(lambda c: list(c.scalars(select(t.STUDENTS.c.id))))
    # A run shows one of ada's several notebooks as `ada/coins`; the gradebook stores `ada`.
    near = (
        [one.id for one in book.read(lambda c: find_students(c, student))][:3]
        or difflib.get_close_matches(student, known, n=3)
        or [name for name in known if student.startswith(f"{name}/")]
    )
    meant = f" Did you mean {' or '.join(f'`{safe_text(name)}`' for name in near)}?" if near else ""
    raise UsageError(
        f"The gradebook has no student `{safe_text(student)}`.{meant} `grader gradebook show` "
        "lists all."
    )


def _described(one: StudentMatch) -> str:
    about = ", ".join(safe_text(text, limit=60) for text in (one.name, one.email) if text)
    return f"{safe_text(one.id, limit=60)}" + (f" ({about})" if about else "")


def named_points(text: str, most: Decimal, what: str) -> Decimal:
    """Return the points in `text`; UsageError if that is no number from 0 to `most`."""
    if not _POINTS.fullmatch(text):
        raise UsageError(
            f"`{safe_text(text)}` is not a number of points. Give a number from 0 to "
            f"{points_text(most)}, such as `{points_text(most / 2)}`."
        )
    points = Decimal(text)
    if points > most:
        raise UsageError(
            f"`{what}` is worth at most {points_text(most)} point{'' if most == 1 else 's'}."
        )
    return points


def named_mark(exercise: Exercise, text: str) -> tuple[CriterionKey, Decimal]:
    """Return the criterion and the points of CRITERION=POINTS; UsageError if they are invalid."""
    name, _, given = text.rpartition("=")
    rubric = {each.name: (check, each) for check in exercise.checks for each in check.rubric}
    if not rubric:
        raise UsageError(
            f"`{exercise.id}` has no rubric, so nothing awaits manual grading. "
            "`grader gradebook override` can set a score."
        )
    if name not in rubric:
        known = ", ".join(f"`{each}`" for each in rubric)
        raise UsageError(
            f"`{safe_text(text)}` is not CRITERION=POINTS; the criteria of `{exercise.id}` are: "
            f"{known}."
        )
    check, criterion = rubric[name]
    points = named_points(given, criterion.points, name)
    return (exercise.id, check.name, criterion.name), points
