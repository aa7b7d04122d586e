"""``grader gradebook extend``: extend the deadlines of a student."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from grader.cli.gradebook_arguments import StudentArgument, WhoOption, WhyOption, named_student
from grader.cli.options import DEFAULT_GRADEBOOK, CourseOption, ExistingGradebookOption, JsonOption
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
from grader.text import count_text, safe_text


def extend(
    student: StudentArgument,
    until: Annotated[
        str,
        typer.Argument(
            help="A day (2026-11-07), a time (2026-11-07 18:00), a number of days (3), or `none` "
            "to withdraw the extension.",
            show_default=False,
        ),
    ],
    unit: Annotated[
        list[str] | None,
        typer.Option(
            "--unit", metavar="ID", help="For this unit; repeatable.", show_default="all units"
        ),
    ] = None,
    why: WhyOption = "",
    course: CourseOption = Path(),
    gradebook: ExistingGradebookOption = DEFAULT_GRADEBOOK,
    who: WhoOption = None,
) -> None:
    """Extend the deadlines of a student, for a unit or all; nothing is graded again."""
    loaded = load_course(course)
    units = tuple(dict.fromkeys(unit or ())) or (ALL_UNITS,)
    given = _named_extension(loaded, until, units)
    with open_gradebook(gradebook, must_exist=True, durable=True) as book:
        before = named_student(book, loaded, student)
        if given is None:
            _require_given(before, units)
        add = partial(
            add_extension,
            student=before.student,
            until=None if given is None else str(given),
            who=who or user_name(),
            why=why,
        )
        book.write(lambda c: [add(c, unit=each) for each in units])
        after = named_student(book, loaded, before.student)
    described = "no extension" if given is None else _described(given)
    where = ", ".join(units) if units != (ALL_UNITS,) else "all units"
    change = f"{points_text(before.score)} -> {points_text(after.score)} points"
    typer.echo(f"{safe_text(before.student)}, {where}: {described}; {change}")


def extensions(
    gradebook: ExistingGradebookOption = DEFAULT_GRADEBOOK, as_json: JsonOption = False
) -> None:
    """List the valid extensions that `extend` has granted."""
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
    typer.echo(count_text(len(found), "extension"))


def _named_extension(course: Course, text: str, units: Sequence[str]) -> Extension | None:
    """Return the extension, or None to withdraw it; UsageError if it would change nothing."""
    due = course.policy.late.due if course.policy.late else {}
    if not due:
        raise UsageError(
            "course.yaml has no due dates, so an extension changes nothing. Add them under "
            "`policy: late: due:`."
        )
    wrong = [unit for unit in units if unit != ALL_UNITS and unit not in due]
    if wrong:
        raise UsageError(
            f"`{safe_text(wrong[0])}` is not a unit with a due date. These are: {', '.join(due)}."
        )
    if text == "none":
        return None
    found = parse_extension(text)
    if found is None:
        raise UsageError(
            f"`{safe_text(text)}` is neither a date nor a number of days. Write `2026-05-31`, "
            "`2026-05-31 18:00`, `3`, or `none` to withdraw an extension."
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
        roster = " `import-roster` changes the roster's." if student.extension else ""
        raise UsageError(
            f"`{safe_text(student.student)}` has no extension {of}. `grader gradebook "
            f"extensions` lists all.{roster}"
        )


def _described(given: Extension) -> str:
    return f"{given.days} more days" if given.until is None else f"until {given.until}"
