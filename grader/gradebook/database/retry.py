"""What goes wrong with a database, in plain words, and which of it passes by itself."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from grader.errors import GradebookError

T = TypeVar("T")

PATIENCE_S = 180.0
"""How long a database may be locked or gone before a run gives up [s]."""

_LONGEST_PAUSE_S = 2.0
# What a database says changes with its version and its language; its codes do not.
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, "55P03"})
_FULL = frozenset({sqlite3.SQLITE_FULL, "53100"})
_FAILING = frozenset({sqlite3.SQLITE_IOERR, "58030"})
_CLOSED = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, "25006", "42501"})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, "XX001", "XX002"})
_GO_ON = "What is graded is stored; the same command goes on from there."


def patiently(work: Callable[[], T], where: str, *, patience_s: float = PATIENCE_S) -> T:
    """Do something with a database, again and again while it is locked or gone.

    Parameters
    ----------
    work : callable
        One transaction; it must be possible to repeat it.
    where : str
        The database, for messages.
    patience_s : float
        How long to go on trying [s].

    Raises
    ------
    GradebookError
        It stayed so, or something else is wrong.
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
    """Tell whether what went wrong may be over when it is tried again."""
    code = _code(error)
    if error.connection_invalidated or code in _BUSY:
        return True
    # Class 08: connection; 40: serialisation, deadlock; 57: shutdown, crash, cannot connect now.
    if isinstance(code, str):
        return code[:2] in ("08", "40", "57")
    return _is_postgres(error) and isinstance(error, OperationalError | InterfaceError)


def _code(error: DBAPIError) -> int | str | None:
    """Return SQLite's primary result code or PostgreSQL's state; None where there is none."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state)
    code = getattr(error.orig, "sqlite_errorcode", None)  # in its high bits, more of the same
    return None if code is None else int(code) & 0xFF


def _is_postgres(error: DBAPIError) -> bool:
    return type(error.orig).__module__.startswith("psycopg")


def gradebook_error(error: DBAPIError, where: str) -> GradebookError:
    """Return an error that says what is wrong and what to do."""
    reason = next(iter(str(error.orig).strip().splitlines()), "no reason given")
    return GradebookError(f"The gradebook {where} {_advice(reason, error)}")


def _advice(reason: str, error: DBAPIError) -> str:
    code = _code(error)
    if code in _BUSY:
        return f"is locked by another program ({reason}). End that program. {_GO_ON}"
    if code in _FULL:
        return f"cannot grow: the disk is full ({reason}). Make room. {_GO_ON}"
    if code in _FAILING:
        return f"cannot be read or written: the disk is full or fails ({reason}). {_GO_ON}"
    if code in _CLOSED:
        return f"cannot be written ({reason}). Look at its permissions, or choose another."
    if code in _DAMAGED:
        return f"is damaged or no gradebook ({reason}). Bring back a copy, or choose another."
    if _passes(error):
        return f"cannot be reached ({reason}). Start it again. {_GO_ON}"
    return f"refused: {reason}. {_GO_ON}"
