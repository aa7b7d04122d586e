"""What a database's trouble is called: by its code, since its words change with its version."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from grader.gradebook.database.retry import gradebook_error, patiently


def sqlite_error(code: int) -> OperationalError:
    orig = sqlite3.OperationalError("so nicht")
    orig.sqlite_errorcode = code
    return OperationalError("SELECT 1", {}, orig)


class PostgresError(Exception):
    def __init__(self, state: str) -> None:
        super().__init__("so nicht")
        self.sqlstate = state


def postgres_error(state: str) -> OperationalError:
    return OperationalError("SELECT 1", {}, PostgresError(state))


TROUBLE = [
    (sqlite_error(sqlite3.SQLITE_BUSY), "is locked by another program"),
    (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), "is locked by another program"),
    (sqlite_error(sqlite3.SQLITE_LOCKED_SHAREDCACHE), "is locked by another program"),
    (sqlite_error(sqlite3.SQLITE_FULL), "cannot grow: the disk is full"),
    (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), "cannot be read or written: the disk is full or"),
    (sqlite_error(sqlite3.SQLITE_READONLY_DIRECTORY), "cannot be written"),
    (sqlite_error(sqlite3.SQLITE_CANTOPEN_ISDIR), "cannot be written"),
    (sqlite_error(sqlite3.SQLITE_CORRUPT_INDEX), "is damaged or not a gradebook"),
    (sqlite_error(sqlite3.SQLITE_NOTADB), "is damaged or not a gradebook"),
    (sqlite_error(sqlite3.SQLITE_ERROR), "refused: so nicht"),
    (postgres_error("55P03"), "is locked by another program"),
    (postgres_error("53100"), "cannot grow: the disk is full"),
    (postgres_error("25006"), "cannot be written"),
    (postgres_error("42501"), "cannot be written"),
    (postgres_error("XX001"), "is damaged or not a gradebook"),
    (postgres_error("57P01"), "cannot be reached"),
    (postgres_error("42P01"), "refused: so nicht"),
]


@pytest.mark.parametrize(("error", "message"), TROUBLE, ids=range(len(TROUBLE)))
def test_the_code_of_an_error_says_what_it_is(error, message):
    assert f"The gradebook a.db {message}" in str(gradebook_error(error, "a.db"))


@pytest.mark.parametrize(
    "error", [sqlite_error(sqlite3.SQLITE_BUSY), postgres_error("40001"), postgres_error("55P03")]
)
def test_what_passes_is_tried_again(error):
    answers = [error, error]

    def work():
        if answers:
            raise answers.pop()
        return 7

    assert patiently(work, "a.db") == 7
