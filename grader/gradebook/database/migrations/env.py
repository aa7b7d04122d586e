"""Run by Alembic: takes the steps in the transaction of the connection that it is given."""

from __future__ import annotations

from alembic import context

from grader.gradebook.database.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
)
context.run_migrations()
