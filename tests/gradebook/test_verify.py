"""Every kind of damage is found and told."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from grader.gradebook.database.book import open_gradebook
from grader.gradebook.verify import faults
from tests.faults.classes import Class

OTHER_EDITION = (
    "INSERT INTO editions SELECT 99, 'x', 'y', '', '', environment_id, '', '3' FROM editions"
)


class Undone(Exception):
    """Ends a transaction that shall leave nothing."""


@pytest.fixture(scope="module")
def graded(tmp_path_factory, gradebooks):
    school, address = Class.make(tmp_path_factory.mktemp("class"), 3), gradebooks()
    school.grade(address)
    return address


def allow_everything(connection):
    """Let this transaction do what the database would refuse."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    for act in ("update", "delete"):
        connection.execute(text(f"DROP TRIGGER log_no_{act}"))


def found_after(address, *harm):
    """Return what is found when harm was done, which is then undone."""
    found = []

    def work(connection):
        allow_everything(connection)
        for sql in harm:
            connection.execute(text(sql))
        found.extend(faults(connection))
        raise Undone

    with open_gradebook(address) as book, pytest.raises(Undone):
        book.write(work)
    return found


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DELETE FROM contents WHERE size > 0", "refers to `contents` "),
        ("DELETE FROM checks WHERE points > '0'", "its checks add up to "),
        ("UPDATE findings SET score = '99'", "is 99 of 3"),
        ("UPDATE contents SET notebook = substr(notebook, 2)", "cannot be read"),
        ("UPDATE contents SET sha256 = 'beef' || sha256", "is not what was handed in"),
        ("DELETE FROM grades", "was run and has no grade"),
        (
            "UPDATE log SET who = 'mallory' WHERE id = 1",
            "Entry 1 of the log does not follow",
        ),
        ("DELETE FROM log WHERE id = 1", "Entry 2 of the log does not follow"),
        (
            (OTHER_EDITION, "UPDATE findings SET edition_id = 99"),
            "belongs to another version of the exercise",
        ),
    ],
)
def test_damage_is_found(graded, harm, said):
    assert found_after(graded) == []
    statements = (harm,) if isinstance(harm, str) else harm
    assert any(said in fault for fault in found_after(graded, *statements))
