"""Where a gradebook is: which addresses there are, and that none gives a password away."""

from __future__ import annotations

import pytest

from grader.errors import GradebookError
from grader.gradebook.database.address import gradebook_url, shown


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("class.db", "class.db"),
        ("sqlite:////srv/class.db", "/srv/class.db"),
        ("sqlite://", ":memory:"),
        ("postgres://ada@db/class", "postgresql://ada@db/class"),
        ("postgresql://ada:hunter2@db:5432/class", "postgresql://ada:***@db:5432/class"),
        ("postgresql://:hunter2@db/class", "postgresql://:***@db/class"),
        ("postgresql://ada:%40hunter2@db/class", "postgresql://ada:***@db/class"),
        ("postgresql://db/class?user=ada&password=hunter2", "postgresql://db/class?user=ada"),
        ("postgresql://db/class?sslpassword=hunter2", "postgresql://db/class"),
    ],
)
def test_an_address_is_shown_without_a_password(given, expected):
    assert shown(gradebook_url(given)) == expected


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://ada:hun@ter2@db/class",
        "postgresql://ada:hun@/ter2@db/class",
        "postgresql://ada:@:hunter2@db/class",
        "postgresql://ada:hunter2@db:class",
        "://ada:hunter2@db/class",
    ],
)
def test_what_is_no_address_is_told_without_what_may_be_a_password(given):
    with pytest.raises(
        GradebookError, match=r"`.*//[*]{3}@db.class` is not the URL .*%40 for"
    ) as caught:
        gradebook_url(given)
    assert "ter2" not in str(caught.value)


def test_a_database_that_is_not_supported_is_told():
    with pytest.raises(GradebookError, match="SQLite or PostgreSQL, not in `mysql`: give a path"):
        gradebook_url("mysql://localhost/grades")


def test_any_driver_of_a_database_may_be_named():
    assert gradebook_url("postgresql+asyncpg://db/class") == gradebook_url("postgres://db/class")
