"""Extensions that instructors give to a student, for one unit or for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from grader.gradebook.database import tables as t
from grader.gradebook.database.book import by_bytes
from grader.gradebook.log import add_decision, valid_decisions

ALL_UNITS = ""
"""The unit of an extension for all units."""


@dataclass(frozen=True, slots=True)
class Given:
    """An extension that an instructor gave.

    Attributes
    ----------
    unit : str
        Id of the unit, or `ALL_UNITS`.
    until : str
        In the form of `grader.submissions.roster.extension`: a moment, or a number of days.
    who, at, why : str
        Person, time and reason.
    """

    unit: str
    until: str
    who: str
    at: str
    why: str


def add_extension(
    connection: Connection, student: str, unit: str, until: str | None, *, who: str, why: str
) -> None:
    """Store and log an extension; None takes the earlier one back."""
    details = {"student": student, "unit": unit, "until": until, "why": why}
    add_decision(connection, t.EXTENSIONS, who, "extend", details)


def read_extensions(
    connection: Connection, students: Sequence[str]
) -> dict[str, Mapping[str, Given]]:
    """Return the valid extensions of each student, by unit."""
    found = valid_decisions(connection, t.EXTENSIONS, students, "unit", "until")
    return {
        student: {
            unit: Given(unit, row.until, row.who, row.at, row.why) for unit, row in by_unit.items()
        }
        for student, by_unit in found.items()
    }


def list_extensions(connection: Connection) -> Iterator[tuple[str, Given]]:
    """Yield each valid extension with its student, by the students' ids."""
    student_id = t.EXTENSIONS.c.student
    query = select(student_id).group_by(student_id).order_by(by_bytes(connection, student_id))
    students = list(connection.scalars(query))
    for student, by_unit in read_extensions(connection, students).items():
        for given in by_unit.values():
            yield student, given
