"""The content of a gradebook as canonical text, to compare two gradebooks.

Times and the ids that a database gives to rows are left out, and so are the log's entries about the
begin and end of batches. Two gradebooks hold the same if these texts are equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, FromClause, Table, select

from grader.gradebook.database import tables as t
from grader.gradebook.database.book import by_bytes
from grader.gradebook.log import RUNS

_Column: TypeAlias = ColumnElement[Any]

_BATCH = 1000
_SHA = t.CONTENTS.c.sha256
_FINGERPRINT = t.EDITIONS.c.fingerprint
_ENVIRONMENT = t.ENVIRONMENTS.c.key.label("environment")
_LEFT_OUT = frozenset({"id", "at", "graded", "first_seen", "first_used", "seconds"})


def canonical_lines(connection: Connection) -> Iterator[str]:
    """Yield one line for each row: a JSON object that names its table."""
    for table, source, columns, keys in _tables():
        order = [key if key.type.python_type is int else by_bytes(connection, key) for key in keys]
        query = select(*columns).select_from(source).order_by(*order)
        if source is t.LOG:
            query = query.where(t.LOG.c.what.not_in(RUNS))
        for row in connection.execution_options(yield_per=_BATCH).execute(query):
            yield json.dumps({"table": table, **row._asdict()}, ensure_ascii=True)


def _own(table: Table) -> list[_Column]:
    """Return the columns of a table that mean something outside of this database."""
    return [
        column
        for column in table.columns
        if column.name not in _LEFT_OUT and not column.name.endswith("_id")
    ]


def _tables() -> Sequence[tuple[str, FromClause, Sequence[_Column], Sequence[_Column]]]:
    """Return the name, the source, the columns and the order of the rows of each table."""
    editions, contents, environments = t.EDITIONS, t.CONTENTS, t.ENVIRONMENTS
    findings, current = t.FINDINGS.join(editions), t.IN_FORCE.c.exercise
    digest, position = t.FINDINGS.c.digest, t.CHECKS.c.position
    courses = t.COURSES.join(environments).join(t.COURSE_EDITIONS)
    listed = t.COURSE_EDITIONS.c
    cells, grades, handed_in = t.FAILED_CELLS.c, t.GRADES.c, t.SUBMISSIONS.c
    failed = t.FAILED_CELLS.join(contents, cells.content_id == contents.c.id)
    graded = t.GRADES.join(contents).join(editions, grades.edition_id == editions.c.id)
    return (
        ("environments", environments, _own(environments), [environments.c.key]),
        ("editions", editions.join(environments), [*_own(editions), _ENVIRONMENT], [_FINGERPRINT]),
        (
            "courses",
            courses.join(editions, listed.edition_id == editions.c.id),
            [*_own(t.COURSES), _ENVIRONMENT, listed.position, _FINGERPRINT],
            [t.COURSES.c.key, listed.position],
        ),
        ("in_force", t.IN_FORCE.join(editions), [current, _FINGERPRINT], [current]),
        ("students", t.STUDENTS, list(t.STUDENTS.c), [t.STUDENTS.c.id]),
        ("contents", contents, [_SHA, contents.c.size], [_SHA]),
        (
            "submissions",
            t.SUBMISSIONS.outerjoin(contents),
            [*_own(t.SUBMISSIONS), _SHA],
            [handed_in.student, handed_in.place, handed_in.ordinal],
        ),
        (
            "executions",
            t.EXECUTIONS.join(contents).join(environments),
            [_SHA, _ENVIRONMENT, *_own(t.EXECUTIONS)],
            [_SHA, environments.c.key],
        ),
        (
            "failed_cells",
            failed.join(environments, cells.environment_id == environments.c.id),
            [_SHA, _ENVIRONMENT, *_own(t.FAILED_CELLS)],
            [_SHA, environments.c.key, cells.position],
        ),
        ("findings", findings, [_FINGERPRINT, *_own(t.FINDINGS)], [_FINGERPRINT, digest]),
        (
            "checks",
            t.CHECKS.join(findings),
            [_FINGERPRINT, digest, *_own(t.CHECKS)],
            [_FINGERPRINT, digest, position],
        ),
        (
            "grades",
            graded.join(t.FINDINGS, grades.finding_id == t.FINDINGS.c.id),
            [_SHA, _FINGERPRINT, digest],
            [_SHA, _FINGERPRINT],
        ),
        ("marks", t.MARKS.join(contents), [*_own(t.MARKS), _SHA], [t.MARKS.c.id]),
        ("overrides", t.OVERRIDES, _own(t.OVERRIDES), [t.OVERRIDES.c.id]),
        ("extensions", t.EXTENSIONS, _own(t.EXTENSIONS), [t.EXTENSIONS.c.id]),
        ("log", t.LOG, [each for each in _own(t.LOG) if each.name != "digest"], [t.LOG.c.id]),
    )
