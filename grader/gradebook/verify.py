"""Verification of a gradebook: references, hashes, sums, and the chain of the log."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

from sqlalchemy import Connection, and_, or_, select, text

from grader.gradebook.database import tables as t
from grader.gradebook.log import broken_entries

_BATCH = 200


def faults(connection: Connection) -> Iterator[str]:
    """Yield a sentence for each fault; an intact gradebook has none."""
    yield from _damage(connection)
    yield from _dangling(connection)
    yield from _wrong_contents(connection)
    yield from _wrong_sums(connection)
    yield from _misplaced(connection)
    yield from _without_grade(connection)
    for number in broken_entries(connection):
        yield f"Entry {number} of the log does not follow from the one before: it was changed."


def _damage(connection: Connection) -> Iterator[str]:
    """Yield the faults that SQLite finds; PostgreSQL checks its files by itself."""
    if connection.dialect.name != "sqlite":
        return
    for message in connection.scalars(text("PRAGMA integrity_check")):
        if message != "ok":
            yield f"The database is damaged: {message}."


def _dangling(connection: Connection) -> Iterator[str]:
    """Yield rows that refer to a missing row."""
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
                target = f"`{other.name}` {', '.join(map(str, row))}"
                yield f"A row of `{table.name}` refers to {target}, which does not exist."


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
    """Yield findings whose score is not the sum of their checks."""
    checks, findings = t.CHECKS.c, t.FINDINGS.c
    query = (
        select(findings.id, findings.score, findings.max_score)
        .add_columns(checks.points, checks.max_points, t.EDITIONS.c.exercise)
        .select_from(t.FINDINGS.join(t.EDITIONS).outerjoin(t.CHECKS))
        .order_by(findings.id)
    )
    rows = connection.execution_options(yield_per=5000).execute(query)
    for _, grade in groupby(rows, key=lambda row: row.id):
        rows_of_it = list(grade)
        first = rows_of_it[0]
        points = [Decimal(row.points or 0) for row in rows_of_it]
        most = [Decimal(row.max_points or 0) for row in rows_of_it]
        if (sum(points), sum(most)) != (Decimal(first.score), Decimal(first.max_score)):
            yield (
                f"Finding {first.id} of `{first.exercise}` is {first.score} of {first.max_score}, "
                f"its checks add up to {sum(points)} of {sum(most)}."
            )


def _misplaced(connection: Connection) -> Iterator[str]:
    """Yield grades whose finding belongs to another version of the exercise."""
    joined = t.GRADES.join(t.FINDINGS, t.GRADES.c.finding_id == t.FINDINGS.c.id)
    query = (
        select(t.CONTENTS.c.sha256, t.EDITIONS.c.exercise)
        .select_from(
            joined.join(t.CONTENTS).join(t.EDITIONS, t.GRADES.c.edition_id == t.EDITIONS.c.id)
        )
        .where(t.FINDINGS.c.edition_id != t.GRADES.c.edition_id)
    )
    for sha256, exercise in connection.execute(query):
        yield f"The grade of `{exercise}` of {sha256} belongs to another version of the exercise."


def _without_grade(connection: Connection) -> Iterator[str]:
    """Yield readable notebooks that were run but have no grade under the same environment."""
    ran, editions = t.EXECUTIONS.c, t.EDITIONS.c
    graded = (
        select(t.GRADES)
        .join(t.EDITIONS, t.GRADES.c.edition_id == editions.id)
        .where(
            t.GRADES.c.content_id == ran.content_id, editions.environment_id == ran.environment_id
        )
    )
    query = (
        select(t.CONTENTS.c.sha256)
        .select_from(t.EXECUTIONS.join(t.CONTENTS))
        .where(ran.status != "unreadable", ~graded.exists())
    )
    for sha256 in connection.scalars(query):
        yield f"The notebook {sha256} was run and has no grade."
