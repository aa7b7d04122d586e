"""Reading grades from a gradebook, as the results that a run would produce."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, Table, select

from grader.gradebook.database import tables as t
from grader.gradebook.versions import Registered
from grader.results import CellFailure, CheckResult, ExerciseResult, SubmissionStatus

_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Execution:
    """Result of running a content."""

    status: SubmissionStatus
    reason: str
    remarks: tuple[str, ...]
    seconds: float
    cells: tuple[CellFailure, ...] = ()


@dataclass(slots=True)
class Stored:
    """Stored results of a content for a graded course."""

    execution: Execution | None = None
    exercises: dict[str, ExerciseResult] = field(default_factory=dict)

    def missing(self, exercises: Sequence[str]) -> tuple[str, ...]:
        """Return those of the exercises that are not graded yet."""
        if self.execution is None:
            return tuple(exercises)
        if self.execution.status == "unreadable":
            return ()
        return tuple(each for each in exercises if each not in self.exercises)


class Findings:
    """Cache of findings; a class has few different ones, which many students share."""

    def __init__(self) -> None:
        self._known: dict[int, ExerciseResult] = {}

    def read(self, connection: Connection, ids: Collection[int]) -> dict[int, ExerciseResult]:
        """Return the findings with these ids."""
        found = {id_: self._known[id_] for id_ in ids if id_ in self._known}
        new = _read_findings(connection, [id_ for id_ in ids if id_ not in found])
        if len(self._known) + len(new) > _KEPT:
            self._known.clear()  # memory must not grow with the class
        self._known |= new
        return found | new


def read_stored(
    connection: Connection, registered: Registered, contents: Collection[int], findings: Findings
) -> dict[int, Stored]:
    """Return the stored results of contents, by their ids."""
    found = {content: Stored() for content in contents}
    cells: defaultdict[int, list[CellFailure]] = defaultdict(list)
    query = _of_environment(t.FAILED_CELLS, registered, contents)
    for row in connection.execute(query.order_by(t.FAILED_CELLS.c.position)):
        failure = CellFailure(number=row.position + 1, status=row.status, error=row.error)
        cells[row.content_id].append(failure)
    for row in connection.execute(_of_environment(t.EXECUTIONS, registered, contents)):
        found[row.content_id].execution = Execution(
            status=row.status,
            reason=row.reason,
            remarks=tuple(json.loads(row.remarks)),
            seconds=float(row.seconds),
            cells=tuple(cells[row.content_id]),
        )
    grades = t.GRADES.c
    graded = select(grades.content_id, grades.finding_id).where(
        grades.content_id.in_(contents), grades.edition_id.in_(registered.versions.values())
    )
    rows = connection.execute(graded).all()
    read = findings.read(connection, {finding for _, finding in rows})
    for content, finding in rows:
        found[content].exercises[read[finding].id] = read[finding]
    return found


def _of_environment(
    table: Table, registered: Registered, contents: Collection[int]
) -> Select[tuple[Any, ...]]:
    """Return a query for the rows of a table with these contents and this environment."""
    return select(table).where(
        table.c.content_id.in_(contents), table.c.environment_id == registered.environment
    )


_CHECK_FIELDS = tuple(CheckResult.model_fields)
_CHECK_COLUMNS = [t.CHECKS.c[name] for name in _CHECK_FIELDS]


def _read_findings(connection: Connection, ids: Sequence[int]) -> dict[int, ExerciseResult]:
    if not ids:
        return {}
    checks = _checks(connection, ids)
    editions = t.EDITIONS.c
    query = (
        select(t.FINDINGS, editions.exercise, editions.title)
        .select_from(t.FINDINGS.join(t.EDITIONS))
        .where(t.FINDINGS.c.id.in_(ids))
    )
    return {
        row.id: ExerciseResult.model_construct(
            id=row.exercise,
            title=row.title,
            score=Decimal(row.score),
            max_score=Decimal(row.max_score),
            status=row.status,
            spends_attempt=row.spends_attempt,
            checks=tuple(checks[row.id]),
        )
        for row in connection.execute(query)
    }


def _checks(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[CheckResult]]:
    columns = t.CHECKS.c
    query = (
        select(columns.finding_id, *_CHECK_COLUMNS)
        .where(columns.finding_id.in_(ids))
        .order_by(columns.finding_id, columns.position)
    )
    found: defaultdict[int, list[CheckResult]] = defaultdict(list)
    for finding, *values in connection.execute(query):
        read = dict(zip(_CHECK_FIELDS, values, strict=True))
        read["points"], read["max_points"] = Decimal(read["points"]), Decimal(read["max_points"])
        found[finding].append(CheckResult.model_construct(**read))
    return found


def read_content(connection: Connection, content: int) -> bytes:
    """Return the file of a notebook as it was handed in."""
    query = select(t.CONTENTS.c.notebook).where(t.CONTENTS.c.id == content)
    return zlib.decompress(connection.execute(query).scalar_one())
