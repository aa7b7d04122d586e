"""An open gradebook, whose transactions are complete, repeated if busy, or reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Table

from grader.errors import GradebookError
from grader.gradebook.database.address import gradebook_url, shown
from grader.gradebook.database.opening import connect, migrate
from grader.gradebook.database.retry import PATIENCE_S, patiently

T = TypeVar("T")


def now() -> str:
    """Return the current time in the gradebook's form: in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the new rows; existing rows stay as they are."""
    if rows:
        # Each dialect has its own INSERT; importing the other takes longer than storing a class.
        dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))


def by_bytes(connection: Connection, column: ColumnElement[str]) -> ColumnElement[str]:
    """Return a column of texts that compares and sorts by bytes, as in SQLite.

    PostgreSQL would use the language that the database was made for: `ada`, `Bob`, `zoe`, while
    the order by bytes is `Bob`, `ada`, `zoe`.
    """
    return column.collate("C" if connection.dialect.name == "postgresql" else "BINARY")


class Gradebook:
    """A gradebook; `open_gradebook` opens one.

    Parameters
    ----------
    engine : Engine
        Connection to the database.
    patience_s : float
        How long it may be locked or unreachable before that is an error [s].

    Attributes
    ----------
    where : str
        Its address for display, without a password.
    """

    def __init__(self, engine: Engine, *, patience_s: float = PATIENCE_S) -> None:
        self._engine = engine
        self._patience_s = patience_s
        self.where = f"`{shown(engine.url)}`"

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in its own transaction: all of it is stored, or nothing.

        Raises
        ------
        GradebookError
            The database stays locked or unreachable, is full, or refuses; nothing was stored.
        """

        def once() -> T:
            with self._engine.begin() as connection:
                return work(connection)

        return patiently(once, self.where, patience_s=self._patience_s)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which only reads, on one state of the gradebook while others may write.

        Raises
        ------
        GradebookError
            The database cannot be read.
        """

        def once() -> T:
            with closing(self._engine.connect()) as connection:
                connection = connection.execution_options(reading=True)
                if connection.dialect.name == "postgresql":
                    connection = connection.execution_options(isolation_level="REPEATABLE READ")
                with connection.begin():
                    return work(connection)

        return patiently(once, self.where, patience_s=self._patience_s)

    def migrate(self) -> None:
        """Update its tables; see `grader.gradebook.database.opening.migrate`."""
        patiently(lambda: migrate(self._engine), self.where, patience_s=self._patience_s)

    def close(self) -> None:
        """Close the connection to the database."""
        self._engine.dispose()

    def __enter__(self) -> Gradebook:
        """Return the gradebook."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the gradebook."""
        self.close()


def open_gradebook(
    given: str | Path,
    *,
    durable: bool = False,
    must_exist: bool = False,
    patience_s: float = PATIENCE_S,
) -> Gradebook:
    """Open a gradebook and update its tables; create it if it does not exist.

    Parameters
    ----------
    given : str or Path
        Path of a SQLite file, or the URL of a database.
    durable : bool
        Whether every write must survive a power cut at once; see `opening.connect`.
    must_exist : bool
        Whether a missing file is an error.
    patience_s : float
        How long it may be locked or unreachable before that is an error [s].

    Raises
    ------
    GradebookError
        It cannot be opened; the message says why.
    """
    url = gradebook_url(given)
    if url.get_backend_name() == "sqlite":
        _look_at(Path(str(url.database)), must_exist=must_exist)
    book = Gradebook(connect(url, durable=durable), patience_s=patience_s)
    try:
        book.migrate()
    except BaseException:
        book.close()
        raise
    return book


def _look_at(path: Path, *, must_exist: bool) -> None:
    if path.is_dir():
        raise GradebookError(
            f"`{path}` is a folder, but a gradebook is a file: --gradebook {path / 'gradebook.db'}"
        )
    if must_exist and not path.is_file():
        raise GradebookError(
            f"The gradebook `{path}` does not exist. `grader grade` creates one; --gradebook names "
            "another."
        )
