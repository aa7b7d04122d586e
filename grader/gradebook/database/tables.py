"""The tables of a gradebook.

Findings never contain who handed a notebook in: grades belong to a content, which is the bytes of a
notebook, and to a version of an exercise with everything that decides its grade, which the tables
call an edition. Points are decimal text, so that no database rounds them; times are text in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import (
    DDL,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _key(name: str) -> Column[int]:
    """Return a column of the primary key that the database does not number."""
    return Column(name, Integer, primary_key=True, autoincrement=False)


def _texts(*names: str, unique: bool | None = None) -> Iterator[Column[str]]:
    return (Column(name, Text, nullable=False, unique=unique) for name in names)


def _student() -> Column[str]:
    return Column("student", ForeignKey(STUDENTS.c.id), nullable=False, index=True)


ENVIRONMENTS = Table(
    "environments",
    METADATA,
    _id(),
    *_texts("key", unique=True),
    *_texts("version", "isolation", "engine", "settings", "versions"),
)
"""Environments that ran notebooks: grader version, tier, engine, sandbox settings, Python."""

COURSES = Table(
    "courses",
    METADATA,
    _id(),
    *_texts("key", unique=True),
    *_texts("title", "seed"),
    Column("environment_id", ForeignKey(ENVIRONMENTS.c.id), nullable=False),
    *_texts("first_used"),
)
"""Courses as they were graded."""

EDITIONS = Table(
    "editions",
    METADATA,
    _id(),
    *_texts("exercise"),
    *_texts("fingerprint", unique=True),
    *_texts("exercise_sha256", "solution_sha256"),
    Column("environment_id", ForeignKey(ENVIRONMENTS.c.id), nullable=False),
    *_texts("title", "max_score"),
)
"""Exercises as they were graded; the fingerprint covers everything that decides a grade."""

COURSE_EDITIONS = Table(
    "course_editions",
    METADATA,
    Column("course_id", ForeignKey(COURSES.c.id), primary_key=True),
    _key("position"),
    Column("edition_id", ForeignKey(EDITIONS.c.id), nullable=False),
)

IN_FORCE = Table(
    "in_force",
    METADATA,
    Column("exercise", Text, primary_key=True),
    Column("edition_id", ForeignKey(EDITIONS.c.id), nullable=False),
)
"""The version of each exercise in the last run, which is the one that is reported."""

STUDENTS = Table(
    "students",
    METADATA,
    Column("id", Text, primary_key=True),
    *_texts("name", "email", "section", "extension"),
)
"""Every student who submitted something or is on the roster."""

CONTENTS = Table(
    "contents",
    METADATA,
    _id(),
    *_texts("sha256", unique=True),
    Column("size", Integer, nullable=False),
    Column("notebook", LargeBinary, nullable=False),
)
"""Submitted notebooks, compressed by zlib; the hash covers the bytes before compression."""

SUBMISSIONS = Table(
    "submissions",
    METADATA,
    _id(),
    Column("student", ForeignKey(STUDENTS.c.id), nullable=False),
    *_texts("place"),
    Column("ordinal", Integer, nullable=False),
    *_texts("notebook"),
    Column("content_id", ForeignKey(CONTENTS.c.id), index=True),
    *_texts("fault"),
    Column("received", Text),
    *_texts("first_seen"),
    Column("late", Boolean),
    UniqueConstraint("student", "place", "ordinal"),
)
"""Submissions. A file of the same name with another content is the next of that `place`.

`late` is the mark of a platform, which need not state a time.
"""

EXECUTIONS = Table(
    "executions",
    METADATA,
    Column("content_id", ForeignKey(CONTENTS.c.id), primary_key=True),
    Column("environment_id", ForeignKey(ENVIRONMENTS.c.id), primary_key=True),
    *_texts("status", "reason", "remarks", "seconds"),
    sqlite_with_rowid=False,
)
"""Results of running a content."""

FAILED_CELLS = Table(
    "failed_cells",
    METADATA,
    *map(_key, ("content_id", "environment_id", "position")),
    *_texts("status", "error"),
    ForeignKeyConstraint(
        ["content_id", "environment_id"],
        [EXECUTIONS.c.content_id, EXECUTIONS.c.environment_id],
    ),
    sqlite_with_rowid=False,
)
"""Code cells that failed; `position` is the index among all cells, from 0."""

FINDINGS = Table(
    "findings",
    METADATA,
    _id(),
    Column("edition_id", ForeignKey(EDITIONS.c.id), nullable=False),
    *_texts("digest", "score", "max_score", "status"),
    Column("spends_attempt", Boolean, nullable=False),
    UniqueConstraint("edition_id", "digest"),
)
"""Results of an exercise; students with the same result share one."""

CHECKS = Table(
    "checks",
    METADATA,
    Column("finding_id", ForeignKey(FINDINGS.c.id), primary_key=True),
    _key("position"),
    *_texts("name", "kind", "status", "points", "max_points"),
    Column("visible", Boolean, nullable=False),
    *_texts("message", "brief", "hint"),
    Column("mistake", Text),
    *_texts("review", "explanation"),
    Column("understood", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
"""Result of each check."""

GRADES = Table(
    "grades",
    METADATA,
    Column("content_id", ForeignKey(CONTENTS.c.id), primary_key=True),
    Column("edition_id", ForeignKey(EDITIONS.c.id), primary_key=True, index=True),
    Column("finding_id", ForeignKey(FINDINGS.c.id), nullable=False),
    *_texts("graded"),
    sqlite_with_rowid=False,
)
"""Finding of one exercise of a content, before manual marks, attempts and late days."""

MARKS = Table(
    "marks",
    METADATA,
    _id(),
    _student(),
    Column("content_id", ForeignKey(CONTENTS.c.id), nullable=False),
    *_texts("exercise", "check_name", "criterion", "points", "who", "at", "why"),
)
"""Points that a person gave by a rubric; the newest row for a criterion counts."""

OVERRIDES = Table(
    "overrides",
    METADATA,
    _id(),
    _student(),
    *_texts("exercise"),
    Column("score", Text),
    *_texts("who", "at", "why"),
)
"""Scores that a person decided; the newest row counts, and a NULL score cancels it."""

EXTENSIONS = Table(
    "extensions",
    METADATA,
    _id(),
    _student(),
    *_texts("unit"),
    Column("until", Text),
    *_texts("who", "at", "why"),
)
"""Extensions that a person gave for a unit, or for all if that is empty; the newest row counts, and
a NULL `until` cancels it."""

LOG = Table("log", METADATA, _id(), *_texts("at", "who", "what", "details", "digest"))
"""Actions with person and time; each digest covers the one before, so none can be changed."""


def _let_rows_stay(table: Table) -> None:
    """Refuse to change or remove a row; corrections are added as further rows."""
    name, message = table.name, f"rows of {table.name} are only added"
    trigger, abort = f"CREATE TRIGGER {name}", f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    body = f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$ LANGUAGE plpgsql"
    refuse = f"FOR EACH ROW EXECUTE FUNCTION {name}_append_only()"
    for dialect, statement in (
        ("sqlite", f"{trigger}_no_update BEFORE update ON {name} {abort}"),
        ("sqlite", f"{trigger}_no_delete BEFORE delete ON {name} {abort}"),
        ("postgresql", f"CREATE FUNCTION {name}_append_only() RETURNS trigger AS {body}"),
        ("postgresql", f"{trigger}_append_only BEFORE UPDATE OR DELETE ON {name} {refuse}"),
    ):
        ddl = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
        event.listen(table, "after_create", ddl)


for _table in (LOG, MARKS, OVERRIDES, EXTENSIONS):
    _let_rows_stay(_table)
