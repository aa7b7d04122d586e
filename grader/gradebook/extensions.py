"""More time that people give to a student, for a unit or for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from grader.gradebook.database import tables as t
from grader.gradebook.database.book import by_bytes, now, rows_of
from grader.gradebook.log import add_entry

ALL_UNITS = ""
"""Stands for every unit."""


@dataclass(frozen=True, slots=True)
class Given:
    """An extension that a person gave.

    Attributes
    ----------
    unit : str
        Id of the unit, or `ALL_UNITS`.
    until : str
        As `grader.submissions.roster.extension` writes it: a moment, or a number of days.
    who, at, why : str
        Of the person who gave it.
    """

    unit: str
    until: str
    who: str
    at: str
    why: str


def add_extension(
    connection: Connection, student: str, unit: str, until: str | None, *, who: str, why: str
) -> None:
    """Store an extension, or take the one before back where `until` is None; and log it."""
    details = {"student": student, "unit": unit, "until": until, "why": why}
    connection.execute(t.EXTENSIONS.insert(), details | {"who": who, "at": now()})
    add_entry(connection, who, "extend", details)


def read_extensions(
    connection: Connection, students: Sequence[str]
) -> dict[str, Mapping[str, Given]]:
    """Return what stands for each student, by unit."""
    found: dict[str, dict[str, Given]] = {student: {} for student in students}
    for row in rows_of(connection, t.EXTENSIONS, students):
        found[row.student].pop(row.unit, None)
        if row.until is not None:
            given = Given(row.unit, row.until, row.who, row.at, row.why)
            found[row.student][row.unit] = given
    return dict(found)


def list_extensions(connection: Connection) -> Iterator[tuple[str, Given]]:
    """Yield each extension that stands, with its student, by the students' ids."""
    student_id = t.EXTENSIONS.c.student
    query = select(student_id).group_by(student_id).order_by(by_bytes(connection, student_id))
    students = list(connection.scalars(query))
    for student, by_unit in read_extensions(connection, students).items():
        for given in by_unit.values():
            yield student, given
