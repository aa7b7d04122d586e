"""Writing into a gradebook; each function does its part of a transaction.

Every write can be repeated, by the same grader after a crash or by another one at the same time,
and leaves existing rows as they are.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, select

from grader.gradebook.database import tables as t
from grader.gradebook.database.book import insert_new, now
from grader.gradebook.log import add_entry
from grader.gradebook.storable import storable_text
from grader.gradebook.versions import Registered
from grader.results import CheckResult, ExerciseResult, SubmissionResult

FindingKey: TypeAlias = tuple[int, str]
"""The id of an exercise's version, and the hash of the finding."""

_COMPRESSION = 1  # 6 saves a tenth of the space and takes three times as long


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A submission of one student, as it was found.

    Attributes
    ----------
    student : str
        Id of the student.
    notebook : str
        Path, for display.
    content : bytes or None
        The file; None if it could not be read or is in the gradebook already.
    sha256 : str or None
        Hash of the file; None if it could not be read.
    fault : str
        Why it could not be read; else empty.
    received : str or None
        Time of submission in UTC, if known.
    late : bool or None
        Whether a platform marks it as late.
    stated : bool
        Whether the instructor stated the time, which then replaces an earlier one.
    exercises : tuple of str or None
        Exercises that it is graded for; None for all of the run.
    work : str
        Label of the work, if the student hands in several at once.
    name, email : str
        Of the student, if known.
    """

    student: str
    notebook: str
    content: bytes | None = None
    sha256: str | None = None
    fault: str = ""
    received: str | None = None
    late: bool | None = None
    stated: bool = False
    exercises: tuple[str, ...] | None = None
    work: str = ""
    name: str = ""
    email: str = ""

    @property
    def place(self) -> str:
        """Key that the submissions of one work share: the name of the file."""
        return place_of(self.notebook, self.work)


def place_of(notebook: str, work: str) -> str:
    """Return the key of a submission's work, from the path of its notebook and its label."""
    name = notebook.rsplit("/", 1)[-1]
    return f"{work}/{name}" if work else name


def receive(
    connection: Connection, arrivals: Sequence[Arrival], *, who: str = ""
) -> list[int | None]:
    """Store new submissions; return the id of each one's content, or None without one.

    The time of a submission may become known later than the submission itself; that is logged.
    """
    contents = _store_contents(connection, arrivals)
    students = [
        {
            "id": each.student,
            "name": storable_text(each.name),
            "email": storable_text(each.email),
            "section": "",
            "extension": "",
        }
        for each in arrivals
    ]
    insert_new(connection, t.STUDENTS, students)
    latest = _latest(connection, {each.student for each in arrivals})
    rows = []
    ids = [None if each.sha256 is None else contents[each.sha256] for each in arrivals]
    for arrival, id_ in zip(arrivals, ids, strict=True):
        before = latest.get((arrival.student, arrival.place), _NEVER)
        if before.ordinal and before.content_id is None and id_ is not None:
            # A submission that could not be read before now can be: it is the same one.
            _update(connection, arrival, before.ordinal, _facts(arrival, id_))
        elif before.ordinal == 0 or (id_ is not None and id_ != before.content_id):
            key = {"student": arrival.student, "place": arrival.place}
            rows.append(key | {"ordinal": before.ordinal + 1} | _facts(arrival, id_))
        else:
            _learn_time(connection, arrival, before, who)
    insert_new(connection, t.SUBMISSIONS, rows)
    return ids


def _store_contents(connection: Connection, arrivals: Sequence[Arrival]) -> dict[str, int]:
    pairs = ((each.sha256, each.content) for each in arrivals if each.sha256 is not None)
    new = {sha256: content for sha256, content in pairs if content is not None}
    query = select(t.CONTENTS.c.sha256, t.CONTENTS.c.id).where(t.CONTENTS.c.sha256.in_(new))
    known = {row.sha256: row.id for row in connection.execute(query)}
    rows = [
        {"sha256": sha256, "size": len(content), "notebook": zlib.compress(content, _COMPRESSION)}
        for sha256, content in new.items()
        if sha256 not in known
    ]
    insert_new(connection, t.CONTENTS, rows)
    return {row.sha256: row.id for row in connection.execute(query)} if rows else known


class _Latest(NamedTuple):
    """What is known about the last submission of a student's work."""

    ordinal: int
    content_id: int | None
    received: str | None
    late: bool | None


_NEVER = _Latest(0, None, None, None)


def _latest(connection: Connection, students: Collection[str]) -> dict[tuple[str, str], _Latest]:
    """Return the last submission of each student's work."""
    columns = t.SUBMISSIONS.c
    wanted = [columns[name] for name in _Latest._fields]
    query = select(columns.student, columns.place, *wanted)
    query = query.where(columns.student.in_(students)).order_by(columns.ordinal)
    return {(student, place): _Latest(*row) for student, place, *row in connection.execute(query)}


def _learn_time(connection: Connection, arrival: Arrival, before: _Latest, who: str) -> None:
    """Store what has become known about the time of a submission.

    Submitting the same file again does not make a student late: the platform's first statement
    stands, unless the instructor states another or the platform takes its mark back.
    """
    learnt: dict[str, Any] = {}
    news = arrival.received is not None and arrival.received != before.received
    if news and (before.received is None or arrival.stated):
        learnt["received"] = arrival.received
    if arrival.late is not None and before.late in (None, True) and arrival.late != before.late:
        learnt["late"] = arrival.late
    if learnt:
        _update(connection, arrival, before.ordinal, learnt)
        about = {"student": arrival.student, "notebook": storable_text(arrival.place)}
        add_entry(connection, who, "time", about | learnt)


def _update(
    connection: Connection, arrival: Arrival, ordinal: int, values: Mapping[str, Any]
) -> None:
    columns = t.SUBMISSIONS.c
    where = (columns.student == arrival.student, columns.place == arrival.place)
    update = t.SUBMISSIONS.update().where(*where, columns.ordinal == ordinal)
    connection.execute(update.values(values))


def _facts(arrival: Arrival, content: int | None) -> dict[str, Any]:
    return {
        "notebook": arrival.notebook,
        "content_id": content,
        "fault": storable_text(arrival.fault),
        "received": arrival.received,
        "first_seen": now(),
        "late": arrival.late,
    }


def store(
    connection: Connection,
    registered: Registered,
    content: int,
    result: SubmissionResult,
    exercises: Collection[str],
    known: Mapping[FindingKey, int],
) -> dict[FindingKey, int]:
    """Store the result of a content, and the grades of these exercises.

    `known` maps the findings that are stored already to their ids; return the ids of those that
    this result adds.
    """
    _store_execution(connection, registered.environment, content, result)
    found = {
        (registered.versions[exercise.id], _digest(exercise)): exercise
        for exercise in result.exercises
        if exercise.id in exercises
    }
    new = _store_findings(
        connection, {key: exercise for key, exercise in found.items() if key not in known}
    )
    at = now()
    grades = [
        {
            "content_id": content,
            "edition_id": key[0],
            "finding_id": new[key] if key in new else known[key],
            "graded": at,
        }
        for key in found
    ]
    insert_new(connection, t.GRADES, grades)
    return new


def _store_findings(
    connection: Connection, found: Mapping[FindingKey, ExerciseResult]
) -> dict[FindingKey, int]:
    if not found:
        return {}
    rows = [
        {"edition_id": version, "digest": digest} | _finding(exercise)
        for (version, digest), exercise in found.items()
    ]
    insert_new(connection, t.FINDINGS, rows)
    columns = t.FINDINGS.c
    query = select(columns.edition_id, columns.digest, columns.id).where(
        columns.edition_id.in_({version for version, _ in found}),
        columns.digest.in_([digest for _, digest in found]),
    )
    ids = {(row.edition_id, row.digest): row.id for row in connection.execute(query)}
    checks = [
        {"finding_id": ids[key], "position": position} | _check(check)
        for key, exercise in found.items()
        for position, check in enumerate(exercise.checks)
    ]
    insert_new(connection, t.CHECKS, checks)
    return {key: ids[key] for key in found}


def _digest(exercise: ExerciseResult) -> str:
    """Return a hash of the whole finding, with points to the last digit."""
    parts = [_finding(exercise), [list(vars(check).values()) for check in exercise.checks]]
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def _store_execution(
    connection: Connection, environment: int, content: int, result: SubmissionResult
) -> None:
    ids = {"content_id": content, "environment_id": environment}
    row = {
        "status": result.status,
        "reason": result.reason,
        "remarks": json.dumps(result.remarks),
        "seconds": repr(result.seconds),
    }
    insert_new(connection, t.EXECUTIONS, [ids | row])
    cells = [
        ids | {"position": cell.number - 1, "status": cell.status, "error": cell.error}
        for cell in result.cells
    ]
    insert_new(connection, t.FAILED_CELLS, cells)


def _finding(exercise: ExerciseResult) -> dict[str, Any]:
    return {
        "score": str(exercise.score),
        "max_score": str(exercise.max_score),
        "status": exercise.status,
        "spends_attempt": exercise.spends_attempt,
    }


def _check(check: CheckResult) -> dict[str, Any]:
    return vars(check) | {"points": str(check.points), "max_points": str(check.max_points)}
