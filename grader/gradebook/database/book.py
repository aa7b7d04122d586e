"""A gradebook that is open: transactions that are done whole, tried again, or reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, CursorResult, Engine, Table, select

from grader.errors import GradebookError
from grader.gradebook.database.address import gradebook_url, shown
from grader.gradebook.database.opening import connect, migrate
from grader.gradebook.database.retry import PATIENCE_S, patiently

T = TypeVar("T")


def now() -> str:
    """Return the time, as the gradebook has times: in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that are not there yet; those that are stay as they are."""
    if rows:
        # Each has an INSERT of its own; to import the other takes longer than to store a class.
        dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))


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


def rows_of(
    connection: Connection, table: Table, students: Sequence[str]
) -> CursorResult[tuple[Any, ...]]:
    """Return the rows of a table about these students, in the order in which they were added."""
    query = select(table).where(table.c.student.in_(students)).order_by(table.c.id)
    return connection.execute(query)


class Gradebook:
    """A gradebook; `open_gradebook` gives one.

    Parameters
    ----------
    engine : Engine
        What connects to it.
    patience_s : float
        How long it may be locked or gone before that is an error [s].

    Attributes
    ----------
    where : str
        Its address, for people to read; without a password.
    """

    def __init__(self, engine: Engine, *, patience_s: float = PATIENCE_S) -> None:
        self._engine = engine
        self._patience_s = patience_s
        self.where = f"`{shown(engine.url)}`"

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction of its own: all of it is stored, or nothing.

        Raises
        ------
        GradebookError
            The database stays locked or away, is full, or refuses; nothing was stored.
        """

        def once() -> T:
            with self._engine.begin() as connection:
                return work(connection)

        return patiently(once, self.where, patience_s=self._patience_s)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which only reads, on one state of the gradebook; others may write meanwhile.

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
        """Bring its tables up to date; see `grader.gradebook.database.opening.migrate`."""
        patiently(lambda: migrate(self._engine), self.where, patience_s=self._patience_s)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Gradebook:
        """Return the gradebook."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the database."""
        self.close()


def open_gradebook(
    given: str | Path,
    *,
    durable: bool = False,
    must_exist: bool = False,
    patience_s: float = PATIENCE_S,
) -> Gradebook:
    """Open a gradebook and bring its tables up to date; a new one is made.

    Parameters
    ----------
    given : str or Path
        Path of a SQLite file, or the URL of a database.
    durable : bool
        Whether what is written must survive a power cut at once; see `opening.connect`.
    must_exist : bool
        Whether a file that is not there is a fault.
    patience_s : float
        How long it may be locked or gone before that is an error [s].

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
            f"`{path}` is a folder, and a gradebook is a file: --gradebook {path / 'gradebook.db'}"
        )
    if must_exist and not path.is_file():
        raise GradebookError(
            f"There is no gradebook `{path}`. `grader grade` makes one; --gradebook names another."
        )
