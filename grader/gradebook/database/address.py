"""Address of a gradebook: the URL, and a form for display."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from grader.errors import GradebookError


def gradebook_url(given: str | Path) -> URL:
    """Return the URL of a gradebook, given as a path of a SQLite file or a URL.

    Raises
    ------
    GradebookError
        It is not a URL, or names an unsupported database.
    """
    if isinstance(given, Path) or "://" not in given:
        return URL.create("sqlite", database=str(given))
    try:
        url = make_url(given)
    except (ArgumentError, ValueError) as error:  # ValueError: the port is not a number
        raise _no_url(given) from error
    backend = url.get_backend_name()
    if backend not in ("sqlite", "postgres", "postgresql"):
        raise GradebookError(
            f"A gradebook is stored in SQLite or PostgreSQL, not in `{backend}`: give a path, "
            "sqlite:///PATH, or postgresql://USER@HOST/DATABASE."
        )
    if backend == "sqlite":
        return url.set(drivername="sqlite")
    if "@" in f"{url.host}{url.database}":  # the end of a password that holds an `@`
        raise _no_url(given)
    return url.set(drivername="postgresql+psycopg")


def _no_url(given: str) -> GradebookError:
    masked = re.sub("://.*@", "://***@", given)
    return GradebookError(
        f"`{masked}` is not the URL of a database: give a path, sqlite:///PATH, or "
        "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for an `@`, %3A for a `:` and "
        "%2F for a `/` in the password."
    )


def shown(url: URL) -> str:
    """Return an address from `gradebook_url` for display, without a password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    # PostgreSQL takes passwords among its options too: `password`, `sslpassword`.
    secret = [name for name in url.query if "password" in name]
    return url.set(drivername="postgresql").difference_update_query(secret).render_as_string()
