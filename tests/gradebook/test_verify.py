"""Every kind of damage is found and told."""

from __future__ import annotations

import sqlite3

import pytest

from grader.gradebook.book import open_gradebook
from grader.gradebook.verify import faults
from tests.faults.classes import Class


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    school = Class.make(folder, 3)
    school.grade(str(folder / "g.db"))
    return (folder / "g.db").read_bytes()


def found_in(path):
    with open_gradebook(path) as book:
        return book.read(lambda c: list(faults(c)))


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM contents WHERE size > 0", "refers to `contents` "),
        ("DELETE FROM checks WHERE points > '0'", "its checks add up to "),
        ("UPDATE findings SET score = '99'", "is 99 of 3"),
        ("UPDATE contents SET notebook = x'00'", "cannot be read"),
        ("UPDATE contents SET sha256 = 'beef' || sha256", "is not what was handed in"),
        ("DELETE FROM grades", "was run and has no grade"),
        (
            "DROP TRIGGER log_no_update; UPDATE log SET who = 'mallory' WHERE id = 1",
            "Entry 1 of the log does not follow",
        ),
        (
            "DROP TRIGGER log_no_delete; DELETE FROM log WHERE id = 1",
            "Entry 2 of the log does not follow",
        ),
        (
            (
                "INSERT INTO editions SELECT 99, 'x', 'y', '', '', environment_id, '', '3' "
                "FROM editions; UPDATE findings SET edition_id = 99"
            ),
            "is that of another edition",
        ),
    ],
)
def test_damage_is_found(graded, tmp_path, sql, said):
    path = tmp_path / "g.db"
    path.write_bytes(graded)
    assert found_in(path) == []
    database = sqlite3.connect(path)
    database.executescript(sql)
    database.close()
    assert any(said in fault for fault in found_in(path))
