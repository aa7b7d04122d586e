"""More time that people give to a student, for a unit or for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from grader.gradebook.database import tables as t
from grader.gradebook.database.book import now
from grader.gradebook.database.order import by_bytes
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
    said = {"student": student, "unit": unit, "until": until, "why": why}
    connection.execute(t.EXTENSIONS.insert(), said | {"who": who, "at": now()})
    add_entry(connection, who, "extend", said)


def read_extensions(
    connection: Connection, students: Sequence[str]
) -> dict[str, Mapping[str, Given]]:
    """Return what stands for each student, by unit."""
    found: dict[str, dict[str, Given]] = {student: {} for student in students}
    for student, given, stands in _rows(connection, students):
        found[student].pop(given.unit, None)
        if stands:
            found[student][given.unit] = given
    return dict(found)


def list_extensions(connection: Connection) -> Iterator[tuple[str, Given]]:
    """Yield each extension that stands, with its student, by the students' ids."""
    key = by_bytes(connection, t.EXTENSIONS.c.student)
    students = list(
        connection.scalars(
            select(t.EXTENSIONS.c.student).group_by(t.EXTENSIONS.c.student).order_by(key)
        )
    )
    for student, by_unit in read_extensions(connection, students).items():
        for given in by_unit.values():
            yield student, given


def _rows(connection: Connection, students: Sequence[str]) -> Iterator[tuple[str, Given, bool]]:
    columns = t.EXTENSIONS.c
    query = select(t.EXTENSIONS).where(columns.student.in_(students)).order_by(columns.id)
    for row in connection.execute(query):
        given = Given(row.unit, row.until or "", row.who, row.at, row.why)
        yield row.student, given, row.until is not None
