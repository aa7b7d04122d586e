"""Whether a gradebook is sound: what refers to what, hashes, sums, and the order of the log."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Table, and_, or_, select, text

from grader.gradebook.database import tables as t
from grader.gradebook.log import broken_entries

_BATCH = 200


def faults(connection: Connection) -> Iterator[str]:
    """Yield what is wrong, each in a sentence; a sound gradebook has nothing."""
    yield from _damage(connection)
    yield from _dangling(connection)
    yield from _wrong_contents(connection)
    yield from _wrong_sums(connection)
    yield from _misplaced(connection)
    yield from _without_grade(connection)
    for number in broken_entries(connection):
        yield f"Entry {number} of the log does not follow from the one before: it was changed."


def _damage(connection: Connection) -> Iterator[str]:
    """Yield what the database itself finds; PostgreSQL keeps watch over that by itself."""
    if connection.dialect.name != "sqlite":
        return
    for (said,) in connection.execute(text("PRAGMA integrity_check")):
        if said != "ok":
            yield f"The database is damaged: {said}."


def _dangling(connection: Connection) -> Iterator[str]:
    """Yield rows that refer to a row that is not there."""
    for table in t.METADATA.sorted_tables:
        for constraint in table.foreign_key_constraints:
            other = constraint.referred_table
            pairs = [(element.parent, element.column) for element in constraint.elements]
            query = (
                select(*(ours for ours, _ in pairs))
                .select_from(
                    table.outerjoin(other, and_(*(ours == theirs for ours, theirs in pairs)))
                )
                .where(pairs[0][1].is_(None), or_(*(ours.is_not(None) for ours, _ in pairs)))
            )
            for row in connection.execute(query):
                yield f"A row of `{table.name}` refers to {_shown(other, row)}, which is not there."


def _shown(table: Table, row: Any) -> str:
    return f"`{table.name}` {', '.join(map(str, row))}"


def _wrong_contents(connection: Connection) -> Iterator[str]:
    rows = connection.execution_options(yield_per=_BATCH).execute(select(t.CONTENTS))
    for row in rows:
        try:
            content = zlib.decompress(row.notebook)
        except zlib.error as error:
            yield f"The notebook {row.sha256} cannot be read: {error}."
            continue
        if hashlib.sha256(content).hexdigest() != row.sha256 or len(content) != row.size:
            yield f"The notebook {row.sha256} is not what was handed in."


def _wrong_sums(connection: Connection) -> Iterator[str]:
    """Yield findings that are not the sum of their checks."""
    checks, findings = t.CHECKS.c, t.FINDINGS.c
    query = (
        select(
            findings.id,
            findings.score,
            findings.max_score,
            checks.points,
            checks.max_points,
            t.EDITIONS.c.exercise,
        )
        .select_from(t.FINDINGS.join(t.EDITIONS).outerjoin(t.CHECKS))
        .order_by(findings.id)
    )
    rows = connection.execution_options(yield_per=5000).execute(query)
    for _, grade in groupby(rows, key=lambda row: row.id):
        first, *others = grade
        points = [Decimal(row.points or 0) for row in (first, *others)]
        most = [Decimal(row.max_points or 0) for row in (first, *others)]
        if (sum(points), sum(most)) != (Decimal(first.score), Decimal(first.max_score)):
            yield (
                f"Finding {first.id} of `{first.exercise}` is {first.score} of {first.max_score}, "
                f"its checks add up to {sum(points)} of {sum(most)}."
            )


def _misplaced(connection: Connection) -> Iterator[str]:
    """Yield grades whose finding is of another edition."""
    joined = t.GRADES.join(t.FINDINGS, t.GRADES.c.finding_id == t.FINDINGS.c.id)
    query = (
        select(t.CONTENTS.c.sha256, t.EDITIONS.c.exercise)
        .select_from(
            joined.join(t.CONTENTS).join(t.EDITIONS, t.GRADES.c.edition_id == t.EDITIONS.c.id)
        )
        .where(t.FINDINGS.c.edition_id != t.GRADES.c.edition_id)
    )
    for sha256, exercise in connection.execute(query):
        yield f"The grade of `{exercise}` of {sha256} is that of another edition."


def _without_grade(connection: Connection) -> Iterator[str]:
    """Yield what was run and is readable, and yet has no grade under the same environment."""
    ran, graded, editions = t.EXECUTIONS.c, t.GRADES, t.EDITIONS
    grades = (
        select(graded.c.content_id, editions.c.environment_id)
        .select_from(graded.join(editions, graded.c.edition_id == editions.c.id))
        .distinct()
        .subquery()
    )
    query = (
        select(t.CONTENTS.c.sha256)
        .select_from(
            t.EXECUTIONS.join(t.CONTENTS).outerjoin(
                grades,
                and_(
                    grades.c.content_id == ran.content_id,
                    grades.c.environment_id == ran.environment_id,
                ),
            )
        )
        .where(ran.status != "unreadable", grades.c.content_id.is_(None))
    )
    for (sha256,) in connection.execute(query):
        yield f"The notebook {sha256} was run and has no grade."
