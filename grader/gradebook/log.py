"""The log of actions, with person and time, to which entries are only added.

The digest of each entry covers the entry before, so a change of an earlier entry is noticed.
"""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, text

from grader.gradebook.database import tables as t
from grader.gradebook.database.book import now

RUNS = ("grade", "regrade")
"""Actions that record how a batch was divided into runs, and nothing about grades."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry, with the `details` that `add_entry` stored."""

    at: str
    who: str
    what: str
    details: Mapping[str, Any]


def user_name() -> str:
    """Return the name of the user, for actions without a stated person."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without an entry, as in some containers
        return "unknown"


def add_entry(connection: Connection, who: str, what: str, details: Mapping[str, Any]) -> None:
    """Add an entry, in the transaction of the action that it records."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE log IN EXCLUSIVE MODE"))  # SQLite has one writer anyway
    query = select(t.LOG.c.digest).order_by(t.LOG.c.id.desc()).limit(1)
    before = connection.execute(query).scalar() or ""
    row = {"at": now(), "who": who, "what": what, "details": json.dumps(details, sort_keys=True)}
    connection.execute(t.LOG.insert(), row | {"digest": _digest(before, row)})


def _digest(before: str, row: Mapping[str, Any]) -> str:
    parts = [before, *(row[name] for name in ("at", "who", "what", "details"))]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def read_log(connection: Connection, *, student: str | None = None) -> Iterator[LogEntry]:
    """Yield the entries in order, all or those about one student."""
    for row in connection.execute(select(t.LOG).order_by(t.LOG.c.id)):
        details = json.loads(row.details)
        if student is None or details.get("student") == student:
            yield LogEntry(row.at, row.who, row.what, details)


def broken_entries(connection: Connection) -> Iterator[int]:
    """Yield the number of each entry that does not follow from the one before."""
    before = ""
    for row in connection.execute(select(t.LOG).order_by(t.LOG.c.id)):
        if row.digest != _digest(before, row._asdict()):
            yield row.id
        before = row.digest
