"""Database errors: repeating the temporary ones, and messages for the others."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from grader.errors import GradebookError

T = TypeVar("T")

PATIENCE_S = 180.0
"""How long a database may be locked or unreachable before a run gives up [s]."""

_LONGEST_PAUSE_S = 2.0
_CONTINUE = "All grades so far are stored; the same command goes on from there."
# The messages of a database depend on its version and language; its codes do not.
_BUSY: frozenset[int | str] = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, "55P03"})
_ADVICE: tuple[tuple[frozenset[int | str], str, str], ...] = (
    (_BUSY, "is locked by another program", f"End that program. {_CONTINUE}"),
    (
        frozenset({sqlite3.SQLITE_FULL, "53100"}),
        "cannot grow: the disk is full",
        f"Free some space. {_CONTINUE}",
    ),
    (
        frozenset({sqlite3.SQLITE_IOERR, "58030"}),
        "cannot be read or written: the disk is full or failing",
        _CONTINUE,
    ),
    (
        frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, "25006", "42501"}),
        "cannot be written",
        "Check its permissions, or choose another.",
    ),
    (
        frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, "XX001", "XX002"}),
        "is damaged or not a gradebook",
        "Restore a copy, or choose another.",
    ),
)


def patiently(work: Callable[[], T], where: str, *, patience_s: float = PATIENCE_S) -> T:
    """Do `work`, a transaction, and repeat it while the database is locked or unreachable.

    It is repeated for `patience_s` seconds; messages call the database `where`.

    Raises
    ------
    GradebookError
        It stays locked or unreachable, or there is another error.
    """
    deadline, pause_s = time.monotonic() + patience_s, 0.05
    while True:
        try:
            return work()
        except DBAPIError as error:
            if not _passes(error) or time.monotonic() + pause_s > deadline:
                raise gradebook_error(error, where) from error
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _passes(error: DBAPIError) -> bool:
    """Return whether an error may disappear by itself."""
    code = _code(error)
    if error.connection_invalidated or code in _BUSY:
        return True
    # Class 08: connection; 40: serialisation, deadlock; 57: shutdown, crash, cannot connect now.
    if isinstance(code, str):
        return code[:2] in ("08", "40", "57")
    postgres = type(error.orig).__module__.startswith("psycopg")
    return postgres and isinstance(error, OperationalError | InterfaceError)


def _code(error: DBAPIError) -> int | str | None:
    """Return SQLite's primary result code or PostgreSQL's state; None if there is none."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state)
    code = getattr(error.orig, "sqlite_errorcode", None)  # its high bits add details
    return None if code is None else int(code) & 0xFF


def gradebook_error(error: DBAPIError, where: str) -> GradebookError:
    """Return an error that says what is wrong and what to do."""
    reason = next(iter(str(error.orig).strip().splitlines()), "no reason given")
    code = _code(error)
    for codes, state, advice in _ADVICE:
        if code in codes:
            return GradebookError(f"The gradebook {where} {state} ({reason}). {advice}")
    if _passes(error):
        text = f"cannot be reached ({reason}). Start its server again. {_CONTINUE}"
    else:
        text = f"refused: {reason}. {_CONTINUE}"
    return GradebookError(f"The gradebook {where} {text}")
