"""The graded course and the versions of its exercises, with their ids in the gradebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from grader.gradebook.database import tables as t
from grader.gradebook.database.book import insert_new, now
from grader.gradebook.fingerprints import GradingSnapshot


@dataclass(frozen=True, slots=True)
class Registered:
    """A graded course with its ids in the gradebook."""

    course: GradingSnapshot
    environment: int
    versions: Mapping[str, int]


def register(connection: Connection, course: GradingSnapshot) -> Registered:
    """Store a course, and report its versions from now on."""
    environment = _id_by_key(connection, t.ENVIRONMENTS, asdict(course.environment))
    versions = [
        asdict(each) | {"environment_id": environment, "max_score": str(each.max_score)}
        for each in course.versions
    ]
    insert_new(connection, t.EDITIONS, versions)
    ids = _find_versions(connection, course)
    row = {
        "key": course.key,
        "title": course.title,
        "seed": str(course.seed),
        "environment_id": environment,
        "first_used": now(),
    }
    id_ = _id_by_key(connection, t.COURSES, row)
    listed = [
        {"course_id": id_, "position": position, "edition_id": version}
        for position, version in enumerate(ids.values())
    ]
    insert_new(connection, t.COURSE_EDITIONS, listed)
    connection.execute(t.IN_FORCE.delete().where(t.IN_FORCE.c.exercise.in_(ids)))
    current = [{"exercise": name, "edition_id": version} for name, version in ids.items()]
    insert_new(connection, t.IN_FORCE, current)
    return Registered(course, environment, ids)


def _id_by_key(connection: Connection, table: Table, row: Mapping[str, Any]) -> int:
    """Return the id of the row with the same key, which is inserted if it is new."""
    insert_new(connection, table, [row])
    query = select(table.c.id).where(table.c.key == row["key"])
    return int(connection.execute(query).scalar_one())


def _find_versions(connection: Connection, course: GradingSnapshot) -> dict[str, int]:
    """Return the id of each stored version by its exercise, in the course's order."""
    fingerprints = [each.fingerprint for each in course.versions]
    query = select(t.EDITIONS.c.fingerprint, t.EDITIONS.c.id)
    rows = connection.execute(query.where(t.EDITIONS.c.fingerprint.in_(fingerprints)))
    known = {row.fingerprint: row.id for row in rows}
    return {
        each.exercise: known[each.fingerprint]
        for each in course.versions
        if each.fingerprint in known
    }


def known_versions(connection: Connection, course: GradingSnapshot) -> Registered:
    """Return a course with its stored ids without writing anything; new ids are negative."""
    query = select(t.ENVIRONMENTS.c.id).where(t.ENVIRONMENTS.c.key == course.environment.key)
    environment = connection.execute(query).scalar()
    known = _find_versions(connection, course)
    ids = {
        each.exercise: known.get(each.exercise, -number)
        for number, each in enumerate(course.versions, start=1)
    }
    return Registered(course, -1 if environment is None else int(environment), ids)


def current_versions(connection: Connection) -> dict[str, int]:
    """Return the version of each exercise in the last run."""
    return {row.exercise: row.edition_id for row in connection.execute(select(t.IN_FORCE))}
