"""An order of texts that is the same in every database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection


def by_bytes(connection: Connection, column: ColumnElement[str]) -> ColumnElement[str]:
    """Return a column of texts, compared and sorted by bytes as SQLite does.

    PostgreSQL would go by the language that the database was made for: `ada`, `Bob`, `zoe`, where
    bytes say `Bob`, `ada`, `zoe`.

    Parameters
    ----------
    connection : Connection
        To the database that compares.
    column : ColumnElement of str
        What is compared.
    """
    return column.collate("C" if connection.dialect.name == "postgresql" else "BINARY")
