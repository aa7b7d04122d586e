"""The tables of a gradebook.

What was found never says who handed it in: grades belong to a content, which is the bytes of a
notebook, and to an edition, which is an exercise with all that decides its grade. Points are
decimal text, so that no database rounds them, and times are text in UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
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


def _text(name: str, **options: object) -> Column[str]:
    return Column(name, Text, nullable=False, **options)  # type: ignore[arg-type]


ENVIRONMENTS = Table(
    "environments",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("key", unique=True),
    _text("version"),
    _text("isolation"),
    _text("engine"),
    _text("settings"),
    _text("versions"),
)
"""What ran the notebooks: the grader's version, tier, engine, sandbox settings, Python."""

COURSES = Table(
    "courses",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("key", unique=True),
    _text("title"),
    _text("seed"),
    Column("environment_id", ForeignKey(ENVIRONMENTS.c.id), nullable=False),
    _text("first_used"),
)
"""A course as it was graded."""

EDITIONS = Table(
    "editions",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("exercise"),
    _text("fingerprint", unique=True),
    _text("exercise_sha256"),
    _text("solution_sha256"),
    Column("environment_id", ForeignKey(ENVIRONMENTS.c.id), nullable=False),
    _text("title"),
    _text("max_score"),
)
"""An exercise as it was graded; the fingerprint is of all that decides a grade."""

COURSE_EDITIONS = Table(
    "course_editions",
    METADATA,
    Column("course_id", ForeignKey(COURSES.c.id), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("edition_id", ForeignKey(EDITIONS.c.id), nullable=False),
)

IN_FORCE = Table(
    "in_force",
    METADATA,
    Column("exercise", Text, primary_key=True),
    Column("edition_id", ForeignKey(EDITIONS.c.id), nullable=False),
)
"""The edition of each exercise that was graded with last, which is what is reported."""

STUDENTS = Table(
    "students",
    METADATA,
    Column("id", Text, primary_key=True),
    _text("name"),
    _text("email"),
    _text("section"),
    _text("extension"),
)
"""Whoever handed something in, or stands in the roster."""

CONTENTS = Table(
    "contents",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("sha256", unique=True),
    Column("size", Integer, nullable=False),
    Column("notebook", LargeBinary, nullable=False),
)
"""What was handed in, compressed by zlib; the hash is of the bytes before that."""

SUBMISSIONS = Table(
    "submissions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("student", ForeignKey(STUDENTS.c.id), nullable=False),
    _text("place"),
    Column("ordinal", Integer, nullable=False),
    _text("notebook"),
    Column("content_id", ForeignKey(CONTENTS.c.id), index=True),
    _text("fault"),
    Column("received", Text),
    _text("first_seen"),
    Column("late", Boolean),
    UniqueConstraint("student", "place", "ordinal"),
)
"""A hand-in. A file of the same name with another content is the next one of that `place`.

`late` is the mark of a platform, which may state no time.
"""

EXECUTIONS = Table(
    "executions",
    METADATA,
    Column("content_id", ForeignKey(CONTENTS.c.id), primary_key=True),
    Column("environment_id", ForeignKey(ENVIRONMENTS.c.id), primary_key=True),
    _text("status"),
    _text("reason"),
    _text("remarks"),
    _text("seconds"),
    sqlite_with_rowid=False,
)
"""What came of running a content."""

FAILED_CELLS = Table(
    "failed_cells",
    METADATA,
    Column("content_id", Integer, primary_key=True, autoincrement=False),
    Column("environment_id", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("status"),
    _text("error"),
    ForeignKeyConstraint(
        ["content_id", "environment_id"],
        [EXECUTIONS.c.content_id, EXECUTIONS.c.environment_id],
    ),
    sqlite_with_rowid=False,
)
"""Code cells that did not end well; `position` is the place among all cells, from 0."""

FINDINGS = Table(
    "findings",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("edition_id", ForeignKey(EDITIONS.c.id), nullable=False),
    _text("digest"),
    _text("score"),
    _text("max_score"),
    _text("status"),
    Column("spends_attempt", Boolean, nullable=False),
    UniqueConstraint("edition_id", "digest"),
)
"""What can be found of an exercise; students who did the same share one."""

CHECKS = Table(
    "checks",
    METADATA,
    Column("finding_id", ForeignKey(FINDINGS.c.id), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("name"),
    _text("kind"),
    _text("status"),
    _text("points"),
    _text("max_points"),
    Column("visible", Boolean, nullable=False),
    _text("message"),
    _text("brief"),
    _text("hint"),
    Column("mistake", Text),
    _text("review"),
    _text("explanation"),
    Column("understood", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
"""What each check found."""

GRADES = Table(
    "grades",
    METADATA,
    Column("content_id", ForeignKey(CONTENTS.c.id), primary_key=True),
    Column("edition_id", ForeignKey(EDITIONS.c.id), primary_key=True),
    Column("finding_id", ForeignKey(FINDINGS.c.id), nullable=False),
    _text("graded"),
    sqlite_with_rowid=False,
)
"""What was found of one exercise of a content, before marks by hand, attempts and late days."""

MARKS = Table(
    "marks",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("student", ForeignKey(STUDENTS.c.id), nullable=False, index=True),
    Column("content_id", ForeignKey(CONTENTS.c.id), nullable=False),
    _text("exercise"),
    _text("check_name"),
    _text("criterion"),
    _text("points"),
    _text("who"),
    _text("at"),
    _text("why"),
)
"""Points that a person gave by a rubric; the newest for a criterion counts."""

OVERRIDES = Table(
    "overrides",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("student", ForeignKey(STUDENTS.c.id), nullable=False, index=True),
    _text("exercise"),
    Column("score", Text),
    _text("who"),
    _text("at"),
    _text("why"),
)
"""A person's word on an exercise's score; the newest counts, and none takes it back."""

EXTENSIONS = Table(
    "extensions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("student", ForeignKey(STUDENTS.c.id), nullable=False, index=True),
    _text("unit"),
    Column("until", Text),
    _text("who"),
    _text("at"),
    _text("why"),
)
"""More time that a person gave, for a unit or, where that is empty, for all; the newest counts, and
none takes it back."""

LOG = Table(
    "log",
    METADATA,
    Column("id", Integer, primary_key=True),
    _text("at"),
    _text("who"),
    _text("what"),
    _text("details"),
    _text("digest"),
)
"""What was done, by whom and when; each digest covers the one before, so none can be changed."""

Index("ix_grades_edition_id", GRADES.c.edition_id)


def _let_rows_stay(table: Table) -> None:
    """Refuse to change or remove a row; what stands there is corrected by another row."""
    name, message = table.name, f"rows of {table.name} are only added"
    for act in ("update", "delete"):
        _after(
            table,
            "sqlite",
            f"CREATE TRIGGER {name}_no_{act} BEFORE {act} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
        )
    _after(
        table,
        "postgresql",
        f"CREATE FUNCTION {name}_append_only() RETURNS trigger AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$ LANGUAGE plpgsql",
    )
    _after(
        table,
        "postgresql",
        f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}_append_only()",
    )


def _after(table: Table, dialect: str, statement: str) -> None:
    """Have a statement executed when the table has been made in such a database."""
    ddl = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", ddl)


for _table in (LOG, MARKS, OVERRIDES, EXTENSIONS):
    _let_rows_stay(_table)
