"""Reading grades out of a gradebook, as the results that a run would have found."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from grader.gradebook import tables as t
from grader.gradebook.storing import Registered
from grader.results import CellFailure, CheckResult, ExerciseResult, SubmissionStatus

__all__ = ["Execution", "Stored", "read_content", "read_exercises", "read_stored"]


@dataclass(frozen=True, slots=True)
class Execution:
    """What came of running a content."""

    status: SubmissionStatus
    reason: str
    remarks: tuple[str, ...]
    seconds: float
    cells: tuple[CellFailure, ...] = ()


@dataclass(slots=True)
class Stored:
    """What is known of a content under a course as graded."""

    execution: Execution | None = None
    exercises: dict[str, ExerciseResult] = field(default_factory=dict)

    def missing(self, exercises: Sequence[str]) -> tuple[str, ...]:
        """Return which of these exercises are still to be graded."""
        if self.execution is None:
            return tuple(exercises)
        if self.execution.status == "unreadable":
            return ()
        return tuple(each for each in exercises if each not in self.exercises)


def read_stored(
    connection: Connection, registered: Registered, contents: Collection[int]
) -> dict[int, Stored]:
    """Return what is known of some contents, by their ids."""
    found = {content: Stored() for content in contents}
    executions, cells = t.EXECUTIONS, _cells(connection, registered, contents)
    query = select(executions).where(
        executions.c.content_id.in_(contents),
        executions.c.environment_id == registered.environment,
    )
    for row in connection.execute(query):
        found[row.content_id].execution = _execution(row, cells[row.content_id])
    names = {edition: exercise for exercise, edition in registered.editions.items()}
    titles = {each.exercise: each.title for each in registered.course.editions}
    for (content, edition), exercise in read_exercises(
        connection, contents, {id_: (name, titles[name]) for id_, name in names.items()}
    ).items():
        found[content].exercises[names[edition]] = exercise
    return found


def _cells(
    connection: Connection, registered: Registered, contents: Collection[int]
) -> Mapping[int, list[CellFailure]]:
    cells = t.FAILED_CELLS
    query = select(cells).where(
        cells.c.content_id.in_(contents), cells.c.environment_id == registered.environment
    )
    found: defaultdict[int, list[CellFailure]] = defaultdict(list)
    for row in connection.execute(query.order_by(cells.c.position)):
        failure = CellFailure(index=row.position, status=row.status, error=row.error)
        found[row.content_id].append(failure)
    return found


def _execution(row: Row[Any], cells: Sequence[CellFailure]) -> Execution:
    return Execution(
        status=row.status,
        reason=row.reason,
        remarks=tuple(json.loads(row.remarks)),
        seconds=float(row.seconds),
        cells=tuple(cells),
    )


def read_exercises(
    connection: Connection, contents: Collection[int], editions: Mapping[int, tuple[str, str]]
) -> dict[tuple[int, int], ExerciseResult]:
    """Return grades by content and edition.

    Parameters
    ----------
    connection : Connection
        Where to read.
    contents : collection of int
        Whose grades.
    editions : Mapping of int to (str, str)
        Exercise and title of each edition that is asked for.
    """
    checks = _checks(connection, contents, list(editions))
    grades = t.GRADES.c
    query = select(t.GRADES).where(grades.content_id.in_(contents), grades.edition_id.in_(editions))
    return {
        (row.content_id, row.edition_id): ExerciseResult.model_construct(
            id=editions[row.edition_id][0],
            title=editions[row.edition_id][1],
            score=Decimal(row.score),
            max_score=Decimal(row.max_score),
            status=row.status,
            spends_attempt=row.spends_attempt,
            checks=tuple(checks[row.content_id, row.edition_id]),
        )
        for row in connection.execute(query)
    }


_CHECK_FIELDS = tuple(CheckResult.model_fields)
_CHECK_COLUMNS = [t.CHECKS.c[name] for name in _CHECK_FIELDS]


def _checks(
    connection: Connection, contents: Collection[int], editions: Sequence[int]
) -> Mapping[tuple[int, int], list[CheckResult]]:
    columns = t.CHECKS.c
    query = (
        select(columns.content_id, columns.edition_id, *_CHECK_COLUMNS)
        .where(columns.content_id.in_(contents), columns.edition_id.in_(editions))
        .order_by(columns.content_id, columns.edition_id, columns.position)
    )
    found: defaultdict[tuple[int, int], list[CheckResult]] = defaultdict(list)
    for content, edition, *values in connection.execute(query):
        read = dict(zip(_CHECK_FIELDS, values, strict=True))
        read["points"], read["max_points"] = Decimal(read["points"]), Decimal(read["max_points"])
        found[content, edition].append(CheckResult.model_construct(**read))
    return found


def read_content(connection: Connection, content: int) -> bytes:
    """Return a notebook's file as it was handed in."""
    query = select(t.CONTENTS.c.notebook).where(t.CONTENTS.c.id == content)
    return zlib.decompress(connection.execute(query).scalar_one())
