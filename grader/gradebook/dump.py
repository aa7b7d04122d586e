"""What a gradebook holds, as text that is the same whenever and however it came to be.

Times, and the numbers that a database gives to rows, are left out; so are the log's entries of
when batches began and ended. Two gradebooks hold the same if these texts are the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from grader.gradebook.database import tables as t
from grader.gradebook.database.order import by_bytes
from grader.gradebook.log import RUNS

_BATCH = 1000
_SHA = t.CONTENTS.c.sha256
_FINGERPRINT = t.EDITIONS.c.fingerprint
_ENVIRONMENT = t.ENVIRONMENTS.c.key.label("environment")
_NOT_SAID = frozenset({"id", "at", "graded", "first_seen", "first_used", "seconds"})


def canonical_lines(connection: Connection) -> Iterator[str]:
    """Yield the text, a line a row, each a JSON object that names its table."""
    for table, query, keys in _queries():
        order = [key if key.type.python_type is int else by_bytes(connection, key) for key in keys]
        rows = connection.execution_options(yield_per=_BATCH).execute(query.order_by(*order))
        for row in rows:
            yield json.dumps({"table": table, **row._asdict()}, ensure_ascii=True)


def _said(table: Any, *left_out: str) -> list[ColumnElement[Any]]:
    """Return the columns of a table that say something by themselves."""
    return [
        column
        for column in table.columns
        if column.name not in _NOT_SAID | set(left_out) and not column.name.endswith("_id")
    ]


def _queries() -> Sequence[tuple[str, Select[Any], Sequence[ColumnElement[Any]]]]:
    found = t.FINDINGS.join(t.EDITIONS)
    checked = t.CHECKS.join(found)
    graded = (
        t.GRADES.join(t.CONTENTS)
        .join(t.EDITIONS, t.GRADES.c.edition_id == t.EDITIONS.c.id)
        .join(t.FINDINGS, t.GRADES.c.finding_id == t.FINDINGS.c.id)
    )
    ran = t.EXECUTIONS.join(t.CONTENTS).join(t.ENVIRONMENTS)
    cells = t.FAILED_CELLS.join(t.CONTENTS, t.FAILED_CELLS.c.content_id == t.CONTENTS.c.id).join(
        t.ENVIRONMENTS, t.FAILED_CELLS.c.environment_id == t.ENVIRONMENTS.c.id
    )
    courses = (
        t.COURSES.join(t.ENVIRONMENTS)
        .join(t.COURSE_EDITIONS)
        .join(t.EDITIONS, t.COURSE_EDITIONS.c.edition_id == t.EDITIONS.c.id)
    )
    handed_in = t.SUBMISSIONS.outerjoin(t.CONTENTS)
    marks = t.MARKS.join(t.CONTENTS)
    where = t.SUBMISSIONS.c
    return (
        ("environments", select(*_said(t.ENVIRONMENTS)), [t.ENVIRONMENTS.c.key]),
        (
            "editions",
            select(*_said(t.EDITIONS), _ENVIRONMENT).select_from(t.EDITIONS.join(t.ENVIRONMENTS)),
            [_FINGERPRINT],
        ),
        (
            "courses",
            select(
                *_said(t.COURSES), _ENVIRONMENT, t.COURSE_EDITIONS.c.position, _FINGERPRINT
            ).select_from(courses),
            [t.COURSES.c.key, t.COURSE_EDITIONS.c.position],
        ),
        (
            "in_force",
            select(t.IN_FORCE.c.exercise, _FINGERPRINT).select_from(t.IN_FORCE.join(t.EDITIONS)),
            [t.IN_FORCE.c.exercise],
        ),
        ("students", select(t.STUDENTS), [t.STUDENTS.c.id]),
        ("contents", select(_SHA, t.CONTENTS.c.size), [_SHA]),
        (
            "submissions",
            select(*_said(t.SUBMISSIONS), _SHA).select_from(handed_in),
            [where.student, where.place, where.ordinal],
        ),
        (
            "executions",
            select(_SHA, _ENVIRONMENT, *_said(t.EXECUTIONS)).select_from(ran),
            [_SHA, t.ENVIRONMENTS.c.key],
        ),
        (
            "failed_cells",
            select(_SHA, _ENVIRONMENT, *_said(t.FAILED_CELLS)).select_from(cells),
            [_SHA, t.ENVIRONMENTS.c.key, t.FAILED_CELLS.c.position],
        ),
        (
            "findings",
            select(_FINGERPRINT, *_said(t.FINDINGS)).select_from(found),
            [_FINGERPRINT, t.FINDINGS.c.digest],
        ),
        (
            "checks",
            select(_FINGERPRINT, t.FINDINGS.c.digest, *_said(t.CHECKS)).select_from(checked),
            [_FINGERPRINT, t.FINDINGS.c.digest, t.CHECKS.c.position],
        ),
        (
            "grades",
            select(_SHA, _FINGERPRINT, t.FINDINGS.c.digest).select_from(graded),
            [_SHA, _FINGERPRINT],
        ),
        ("marks", select(*_said(t.MARKS), _SHA).select_from(marks), [t.MARKS.c.id]),
        ("overrides", select(*_said(t.OVERRIDES)), [t.OVERRIDES.c.id]),
        ("extensions", select(*_said(t.EXTENSIONS)), [t.EXTENSIONS.c.id]),
        ("log", select(*_said(t.LOG, "digest")).where(t.LOG.c.what.not_in(RUNS)), [t.LOG.c.id]),
    )
