"""A database that somebody else holds, or that is gone for a while, is waited for."""

from __future__ import annotations

import contextlib
import sqlite3
import time

import psycopg
import pytest

from tests.faults.classes import contents, wait_for_results, wait_for_work
from tests.postgres import Server

LONGER_THAN_SQLITE_ITSELF_WAITS_S = 7


@contextlib.contextmanager
def held(address):
    """Hold a gradebook as another program would, so that nobody else writes a grade."""
    if "://" in address:
        with psycopg.connect(address) as holder:
            holder.execute("LOCK TABLE grades IN ACCESS EXCLUSIVE MODE")
            yield
    else:
        holder = sqlite3.connect(address, isolation_level=None, timeout=10)
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")
        holder.close()


@pytest.mark.parametrize(
    "seconds", [LONGER_THAN_SQLITE_ITSELF_WAITS_S, pytest.param(60, marks=pytest.mark.soak)]
)
def test_a_gradebook_that_another_process_locks_is_waited_for(school, expected, address, seconds):
    process = school.start(address)
    wait_for_results(process)
    with held(address):
        time.sleep(seconds)
        assert process.poll() is None
    _, complained = process.communicate(timeout=300)
    assert process.returncode == 3, complained
    assert contents(address) == expected


@pytest.mark.postgres
def test_a_server_that_is_restarted_under_load_is_waited_for(school, expected, postgres: Server):
    address = postgres.new_database()
    process = school.start(address)
    wait_for_work(process)
    postgres.stop()
    time.sleep(1)
    assert process.poll() is None
    postgres.start()
    _, complained = process.communicate(timeout=300)
    assert process.returncode == 3, complained
    assert contents(address) == expected
