"""Marks of lateness that state no time, and extensions that people give."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add a column and a table; rows of the table are only added."""
    op.add_column("submissions", sa.Column("late", sa.Boolean(), nullable=True))
    op.create_table(
        "extensions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["student"], ["students.id"], name=op.f("fk_extensions_student")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
    )
    op.create_index(op.f("ix_extensions_student"), "extensions", ["student"], unique=False)
    message = "rows of extensions are only added"
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER extensions_no_{act} BEFORE {act} ON extensions "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION extensions_append_only() RETURNS trigger AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$ LANGUAGE plpgsql"
    )
    op.execute(
        "CREATE TRIGGER extensions_append_only BEFORE UPDATE OR DELETE ON extensions "
        "FOR EACH ROW EXECUTE FUNCTION extensions_append_only()"
    )
