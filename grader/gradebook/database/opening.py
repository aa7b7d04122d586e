"""Opening a gradebook: the connection, and the update of its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_engine,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.pool import StaticPool

from grader.errors import GradebookError, command_for_extras
from grader.gradebook.database.address import shown
from grader.gradebook.database.tables import METADATA

NEWEST = "0002"
"""The migration step of this version's tables."""

_STEPS = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""The table in which Alembic stores the step of a database."""

_BUSY_MS = 5_000
_CONNECT_S = 10


def connect(url: URL, *, durable: bool = False) -> Engine:
    """Return an engine that connects to a gradebook.

    Parameters
    ----------
    url : URL
        Its address.
    durable : bool
        Whether every write must survive a power cut. Otherwise a power cut may lose the last
        grades, which are then graded again; a crash of the grader never loses any.

    Raises
    ------
    GradebookError
        The driver of the database is not installed.
    """
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite(url, durable=durable)
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": _CONNECT_S})
    except (ImportError, NoSuchModuleError) as error:
        raise GradebookError(
            f"PostgreSQL needs the package psycopg: run `{command_for_extras('postgres')}`."
        ) from error


def _sqlite(url: URL, *, durable: bool) -> Engine:
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False}}
    if url.database in (None, "", ":memory:"):
        engine = create_engine(url, poolclass=StaticPool, **options)
    else:
        path = Path(str(url.database))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GradebookError(
                f"The folder of the gradebook `{path}` cannot be created: {error.strerror}. "
                "Choose another --gradebook."
            ) from error
        engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def _set(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions itself
        for pragma in (
            f"busy_timeout = {_BUSY_MS}",
            "journal_mode = WAL",
            f"synchronous = {'FULL' if durable else 'NORMAL'}",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later could be refused half-way, so a
        # transaction that may write waits for its turn when it begins.
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def migrate(engine: Engine) -> None:
    """Update the tables, completely or not at all.

    Raises
    ------
    GradebookError
        The gradebook was written by a newer grader, or is not a gradebook.
    """
    with engine.begin() as connection:
        found = _step(connection)
        if found == NEWEST:
            return
        if found is not None and found > NEWEST:
            raise GradebookError(
                f"The gradebook `{shown(engine.url)}` was written by a newer grader (its tables "
                f"are at step {found}, this grader knows {NEWEST}). Upgrade the grader: "
                "pip install -U notebook-grader."
            )
        if found is None and inspect(connection).get_table_names():
            raise GradebookError(
                f"`{shown(engine.url)}` holds something other than a gradebook. Choose another "
                "--gradebook."
            )
        if found is None:
            _create(connection)
        else:
            _upgrade(connection)


def _step(connection: Connection) -> str | None:
    if connection.dialect.name == "postgresql":
        # Two graders that open a new gradebook at the same time take turns.
        connection.execute(text("SELECT pg_advisory_xact_lock(7291640)"))
    if not inspect(connection).has_table(_STEPS.name):
        return None
    found = connection.scalar(select(_STEPS.c.version_num))
    return None if found is None else str(found)


def _create(connection: Connection) -> None:
    """Create the newest tables directly, and record for Alembic that all steps are done."""
    METADATA.create_all(connection)
    _STEPS.create(connection)
    connection.execute(_STEPS.insert(), {"version_num": NEWEST})


def _upgrade(connection: Connection) -> None:
    # Imported only if needed: it takes longer than everything else in opening.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
