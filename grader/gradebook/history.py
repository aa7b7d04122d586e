"""Earlier runs: their settings, their submissions, and the grades that these got."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from grader.gradebook.database import tables as t
from grader.gradebook.log import RUNS
from grader.gradebook.reading import Findings
from grader.gradebook.storing import Arrival
from grader.results import ExerciseResult

_PAGE = 32


@dataclass(frozen=True, slots=True)
class LastRun:
    """Settings of the last run."""

    seed: int
    isolation: str
    engine: str


def last_run(connection: Connection) -> LastRun | None:
    """Return the settings of the last run; None if there was none."""
    log, courses = t.LOG.c, t.COURSES.c
    query = select(log.details).where(log.what.in_(RUNS)).order_by(log.id.desc())
    for (details,) in connection.execute(query):
        key = json.loads(details).get("begun")
        row = connection.execute(
            select(courses.seed, t.ENVIRONMENTS.c.isolation, t.ENVIRONMENTS.c.engine)
            .select_from(t.COURSES.join(t.ENVIRONMENTS))
            .where(courses.key == key)
        ).first()
        if row is not None:
            return LastRun(int(row.seed), row.isolation, row.engine)
    return None


def kept_hand_ins(connection: Connection, after: int) -> Sequence[tuple[int, Arrival, int]]:
    """Return a page of submissions whose notebooks are stored, with ids larger than `after`.

    Each comes with its own id before it and the id of its content after it. The last page is empty.
    """
    columns = t.SUBMISSIONS.c
    facts = (columns.id, columns.student, columns.notebook, columns.content_id)
    query = (
        select(*facts, t.CONTENTS.c.sha256)
        .select_from(t.SUBMISSIONS.join(t.CONTENTS))
        .where(columns.id > after)
        .order_by(columns.id)
        .limit(_PAGE)
    )
    return [
        (id_, Arrival(student=student, notebook=notebook, sha256=sha256), content)
        for id_, student, notebook, content, sha256 in connection.execute(query)
    ]


def past_grades(
    connection: Connection,
    contents: Collection[int],
    exercises: Collection[str],
    reported: Mapping[str, int],
    findings: Findings,
) -> dict[int, dict[str, ExerciseResult]]:
    """Return the reported results of these contents, by content and exercise.

    `reported` has the version of each exercise that counts. A content without a grade under it,
    because a run was stopped, is reported by the newest version that it has a grade for.
    """
    grades, versions = t.GRADES.c, t.EDITIONS.c
    query = (
        select(grades.content_id, versions.exercise, grades.edition_id, grades.finding_id)
        .select_from(t.GRADES.join(t.EDITIONS, grades.edition_id == versions.id))
        .where(grades.content_id.in_(contents), versions.exercise.in_(exercises))
    )
    chosen: dict[tuple[int, str], tuple[bool, int, int]] = {}
    for content, exercise, version, finding in connection.execute(query):
        rank = (reported.get(exercise) == version, version, finding)
        key = (content, exercise)
        chosen[key] = max(chosen.get(key, rank), rank)
    read = findings.read(connection, {finding for _, _, finding in chosen.values()})
    found: dict[int, dict[str, ExerciseResult]] = {content: {} for content in contents}
    for (content, exercise), (_, _, finding) in chosen.items():
        found[content][exercise] = read[finding]
    return found
