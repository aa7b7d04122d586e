"""The students of a class, from rosters and platforms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from grader.gradebook.database import tables as t
from grader.gradebook.database.book import by_bytes, insert_new
from grader.gradebook.log import add_entry
from grader.gradebook.storable import storable_text
from grader.submissions import RosterStudent
from grader.submissions.roster.match import letters_of, spellings

_FIELDS = ("name", "email", "section", "extension")
_KEPT = ("name", "email")
"""Facts that a platform may have stated, which stay if the roster does not state them."""


class KnownPerson(NamedTuple):
    """Stored facts about a student; each may be empty."""

    name: str
    email: str
    section: str


def import_roster(connection: Connection, people: Iterable[RosterStudent], *, who: str) -> int:
    """Store and log a roster; return the number of students who are new or changed."""
    rows = [_row(person) for person in people]
    query = select(t.STUDENTS).where(t.STUDENTS.c.id.in_([row["id"] for row in rows]))
    known = {row.id: row._asdict() for row in connection.execute(query)}
    for row in rows:
        before = known.get(row["id"], {})
        row.update({name: before.get(name, "") for name in _KEPT if not row[name]})
    changed = [row for row in rows if known.get(row["id"]) != row]
    insert_new(connection, t.STUDENTS, changed)
    for row in changed:
        if row["id"] in known:
            connection.execute(t.STUDENTS.update().where(t.STUDENTS.c.id == row["id"]).values(row))
        before = known.get(row["id"], dict.fromkeys(_FIELDS, ""))
        news = {name: row[name] for name in _FIELDS if row[name] != before[name]}
        add_entry(connection, who, "roster", {"student": row["id"]} | news)
    return len(changed)


def _row(person: RosterStudent) -> dict[str, str]:
    texts = {name: storable_text(str(getattr(person, name) or "")) for name in _FIELDS}
    return {"id": storable_text(person.id), **texts}


class StudentMatch(NamedTuple):
    """A student whom a query may mean."""

    id: str
    name: str
    email: str


def find_students(connection: Connection, text: str, *, partly: bool = True) -> list[StudentMatch]:
    """Return the students whom a text may mean: by id, by e-mail address, by name.

    The first of these that fits any student decides: the id; the e-mail address, or the id in
    another case; the whole name, in any rotation of its words; and if `partly`, the beginnings of
    some of its words.
    """
    columns = t.STUDENTS.c
    query = select(columns.id, columns.name, columns.email)
    everybody = [StudentMatch(*row) for row in connection.execute(query.order_by(columns.id))]
    folded, letters = text.strip().casefold(), letters_of(text)
    words = [letters_of(word) for word in text.replace(",", " ").split()]
    for fits in (
        lambda one: one.id == text,
        lambda one: bool(folded) and folded in (one.id.casefold(), one.email.casefold()),
        lambda one: bool(letters) and letters in spellings(one.name),
        lambda one: partly and any(words) and _begins(words, one.name),
    ):
        found = [one for one in everybody if fits(one)]
        if found:
            return sorted(found)
    return []


def _begins(words: Iterable[str], name: str) -> bool:
    known = [letters_of(word) for word in name.replace(",", " ").split()]
    return all(any(each.startswith(word) for each in known) for word in words if word)


def read_names(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Return the names of all students, by their ids."""
    columns = t.STUDENTS.c
    query = select(columns.id, columns.name).order_by(by_bytes(connection, columns.id))
    return {row.id: (row.name,) for row in connection.execute(query)}


def read_people(connection: Connection) -> dict[str, KnownPerson]:
    """Return the students with known facts, by their ids."""
    columns = t.STUDENTS.c
    known = [columns[name] for name in KnownPerson._fields]
    query = select(columns.id, *known).where(or_(*(column != "" for column in known)))
    return {row.id: KnownPerson(*row[1:]) for row in connection.execute(query)}
