"""``grader gradebook extend``: more time for a student."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from grader.cli.gradebook_arguments import named_student
from grader.cli.options import CourseOption, ExistingGradebookOption, JsonOption
from grader.course import Course, load_course
from grader.errors import UsageError
from grader.gradebook.database.book import open_gradebook
from grader.gradebook.decisions import ALL_UNITS, add_extension, list_extensions
from grader.gradebook.log import user_name
from grader.gradebook.policy import due_date, extended
from grader.gradebook.reporting import Reported
from grader.results import points_text
from grader.submissions import Extension
from grader.submissions.roster.extension import parse_extension
from grader.text import safe_text

DEFAULT = "grades/gradebook.db"


def extend(
    student: Annotated[str, typer.Argument(help="Id, e-mail address or name.", show_default=False)],
    until: Annotated[
        str,
        typer.Argument(
            help="A day (2026-11-07), a moment (2026-11-07 18:00), a number of days (3), or `none` "
            "to take it back.",
            show_default=False,
        ),
    ],
    unit: Annotated[
        list[str] | None,
        typer.Option(
            "--unit",
            metavar="ID",
            help="For this unit; may be given several times.",
            show_default="all units",
        ),
    ] = None,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="The reason; students may read it.")
    ] = "",
    course: CourseOption = Path(),
    gradebook: ExistingGradebookOption = DEFAULT,
    who: Annotated[
        str | None,
        typer.Option("--who", metavar="NAME", help="Who decides.", show_default="the user at work"),
    ] = None,
) -> None:
    """Give a student more time, for a unit or for all; nothing is graded again."""
    loaded = load_course(course)
    units = tuple(dict.fromkeys(unit or ())) or (ALL_UNITS,)
    given = _named_extension(loaded, until, units)
    with open_gradebook(gradebook, must_exist=True, durable=True) as book:
        before = named_student(book, loaded, student)
        if given is None:
            _require_given(before, units)
        until_text = None if given is None else str(given)

        def give(connection: Connection) -> None:
            for each in units:
                add_extension(
                    connection, before.student, each, until_text, who=who or user_name(), why=why
                )

        book.write(give)
        after = named_student(book, loaded, before.student)
    described = "no extension" if given is None else _described(given)
    where = ", ".join(units) if units != (ALL_UNITS,) else "all units"
    change = f"{points_text(before.score)} -> {points_text(after.score)} points"
    typer.echo(f"{safe_text(before.student)}, {where}: {described}; {change}")


def extensions(
    gradebook: ExistingGradebookOption = DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """List the extensions that were given by `extend` and stand."""
    with open_gradebook(gradebook, must_exist=True) as book:
        found = book.read(lambda c: list(list_extensions(c)))
    if as_json:
        rows = [
            {"student": student, "unit": each.unit or None, "until": each.until}
            | {"who": each.who, "at": each.at, "why": each.why}
            for student, each in found
        ]
        typer.echo(json.dumps({"extensions": rows}))
        return
    for student, each in found:
        why = f": {safe_text(each.why, limit=500)}" if each.why else ""
        typer.echo(
            f"{safe_text(student)}  {each.unit or 'all units'}  {each.until}  by "
            f"{safe_text(each.who)} on {each.at[:10]}{why}"
        )
    count = len(found)
    typer.echo(f"{count} extension{'' if count == 1 else 's'}")


def _named_extension(course: Course, text: str, units: Sequence[str]) -> Extension | None:
    """Return what was given; None takes it back. UsageError where it would change nothing."""
    due = course.policy.late.due if course.policy.late else {}
    if not due:
        raise UsageError(
            "course.yaml states no due dates, so that an extension changes nothing. State them "
            "under `policy: late: due:`."
        )
    wrong = [unit for unit in units if unit != ALL_UNITS and unit not in due]
    if wrong:
        raise UsageError(
            f"`{safe_text(wrong[0])}` is no unit with a due date. These are: {', '.join(due)}."
        )
    if text == "none":
        return None
    found = parse_extension(text)
    if found is None:
        raise UsageError(
            f"`{safe_text(text)}` is neither a date nor a number of days. Write `2026-05-31`, "
            "`2026-05-31 18:00`, `3`, or `none` to take an extension back."
        )
    concerned = list(due) if tuple(units) == (ALL_UNITS,) else list(units)
    usual = {unit: due_date(course.policy, unit) for unit in concerned}
    if all(extended(course.policy, unit, str(found)) <= usual[unit] for unit in concerned):
        unit, last = max(usual.items(), key=lambda item: item[1])
        raise UsageError(
            f"`{safe_text(text)}` gives no more time: `{unit}` is due {last:%Y-%m-%d %H:%M}."
        )
    return found


def _require_given(student: Reported, units: Sequence[str]) -> None:
    missing = [unit for unit in units if unit not in student.extensions]
    if missing:
        of = f"for `{missing[0]}`" if missing[0] else "for all units"
        roster = " The roster's is changed by `import-roster`." if student.extension else ""
        raise UsageError(
            f"`{safe_text(student.student)}` was given no extension {of}. `grader gradebook "
            f"extensions` lists all.{roster}"
        )


def _described(given: Extension) -> str:
    return f"{given.days} days more" if given.until is None else f"until {given.until}"
