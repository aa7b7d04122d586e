"""A gradebook is opened with tables that are up to date, or not at all."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from grader.errors import GradebookError
from grader.gradebook.database import opening
from grader.gradebook.database import tables as t
from grader.gradebook.database.book import open_gradebook
from grader.gradebook.database.opening import NEWEST


def run(book, sql):
    return book.write(lambda connection: connection.execute(text(sql)))


def parts_of(statement):
    """Return the parts of a CREATE statement: its columns in order, its constraints in any.

    SQLite writes a column that was added later behind the constraints.
    """
    whole = re.sub(r"\s*\)$", "", " ".join(statement.split()))
    parts = re.split(r", (?![^()]*\))", whole)
    constraints = [part for part in parts if part.startswith("CONSTRAINT ")]
    return [part for part in parts if part not in constraints], sorted(constraints)


def schema(connection):
    """Return how everything was made that is in a database, its triggers among it."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master"))
        return {(kind, name): parts_of(sql or "") for kind, name, sql in rows}
    ours = "'public'::regnamespace"
    queries = (
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        f"SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = {ours}",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        f"SELECT proname, prosrc FROM pg_proc WHERE pronamespace = {ours}",
    )
    return [sorted(map(tuple, connection.execute(text(query)))) for query in queries]


def test_the_migrations_make_the_tables_that_the_code_uses(address, monkeypatch):
    with open_gradebook(address) as book:
        made_at_once = book.read(schema)
        book.write(forget_everything)
    monkeypatch.setattr(opening, "_create", opening._upgrade)
    with open_gradebook(address) as book:
        differences = book.write(
            lambda c: compare_metadata(MigrationContext.configure(c), t.METADATA)
        )
        made_in_steps = book.read(schema)
    assert differences == []
    assert made_in_steps == made_at_once


def test_an_older_gradebook_is_brought_up_to_date_with_what_it_holds(address, monkeypatch):
    def first_step(connection):
        config = Config()
        config.set_main_option("script_location", str(Path(opening.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")

    monkeypatch.setattr(opening, "_create", first_step)
    monkeypatch.setattr(opening, "NEWEST", "0001")
    with open_gradebook(address) as book:
        run(book, "INSERT INTO students VALUES ('ada', '', '', '', '')")
        run(book, "INSERT INTO submissions VALUES (1, 'ada', 'p', 1, 'n', NULL, '', NULL, 'at')")
    monkeypatch.undo()
    with open_gradebook(address) as book:
        hand_in = book.read(lambda c: c.execute(t.SUBMISSIONS.select()).one())
        assert (hand_in.student, hand_in.first_seen, hand_in.late) == ("ada", "at", None)
        run(book, "INSERT INTO extensions VALUES (1, 'ada', '', '3 days', 'eve', 'at', '')")
        assert (
            book.read(lambda c: c.scalar(text("SELECT version_num FROM alembic_version"))) == NEWEST
        )


def forget_everything(connection):
    t.METADATA.drop_all(connection)
    connection.execute(text("DROP TABLE alembic_version"))
    if connection.dialect.name == "postgresql":
        for table in ("log", "marks", "overrides", "extensions"):
            connection.execute(text(f"DROP FUNCTION {table}_append_only"))


def test_the_newest_step_is_the_last_of_the_migrations():
    config = Config()
    config.set_main_option("script_location", str(Path(opening.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST


def test_a_gradebook_is_opened_again_as_it_was(address):
    with open_gradebook(address) as book:
        run(book, "INSERT INTO students VALUES ('ada', '', '', '', '')")
    with open_gradebook(address) as book:
        assert book.read(lambda c: c.execute(text("SELECT id FROM students")).scalar()) == "ada"


def test_a_gradebook_of_a_newer_grader_is_refused(address):
    with open_gradebook(address) as book:
        run(book, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(GradebookError, match=rf"newer grader .*step 9999, .* knows {NEWEST}"):
        open_gradebook(address)


def test_a_database_of_something_else_is_left_alone(address):
    with open_gradebook(address) as book:
        run(book, "DROP TABLE alembic_version")
    with pytest.raises(GradebookError, match="holds something other than a gradebook"):
        open_gradebook(address)


def test_two_graders_may_make_a_gradebook_at_once(address):
    faults = []

    def make():
        try:
            open_gradebook(address).close()
        except GradebookError as error:
            faults.append(error)

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


@pytest.mark.parametrize("table", ["log", "marks", "overrides", "extensions"])
@pytest.mark.parametrize("act", ["UPDATE {} SET who = 'mallory'", "DELETE FROM {}"])
def test_what_people_did_can_not_be_changed(address, table, act):
    rows = {
        "log": "INSERT INTO log VALUES (1, '', 'ada', '', '', '')",
        "marks": "INSERT INTO marks VALUES (1, 'ada', 1, '', '', '', '1', 'ada', '', '')",
        "overrides": "INSERT INTO overrides VALUES (1, 'ada', '', '1', 'ada', '', '')",
        "extensions": "INSERT INTO extensions VALUES (1, 'ada', '', '3', 'ada', '', '')",
    }
    with open_gradebook(address) as book:
        run(book, "INSERT INTO students VALUES ('ada', '', '', '', '')")
        run(book, "INSERT INTO contents VALUES (1, '', 0, '')")
        run(book, rows[table])
        with pytest.raises(GradebookError, match=f"rows of {table} are only added"):
            run(book, act.format(table))


def test_what_refers_to_nothing_is_refused(address):
    with open_gradebook(address) as book, pytest.raises(GradebookError) as caught:
        run(book, "INSERT INTO overrides VALUES (1, 'nobody', '', '1', '', '', '')")
    assert isinstance(caught.value.__cause__, IntegrityError)


def test_nothing_of_a_transaction_that_fails_is_stored(address):
    def half(connection):
        connection.execute(text("INSERT INTO students VALUES ('ada', '', '', '', '')"))
        raise ZeroDivisionError

    with open_gradebook(address) as book:
        with pytest.raises(ZeroDivisionError):
            book.write(half)
        assert book.read(lambda c: c.execute(text("SELECT * FROM students")).all()) == []


def test_a_sqlite_gradebook_waits_logs_ahead_and_holds_to_references(gradebook_file):
    pragmas = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")

    def settings(book):
        return book.read(lambda c: [c.execute(text(f"PRAGMA {each}")).scalar() for each in pragmas])

    with open_gradebook(gradebook_file) as book:
        assert settings(book) == ["wal", 1, 1, 5000]
    with open_gradebook(gradebook_file, durable=True) as book:
        assert settings(book) == ["wal", 1, 2, 5000]


def test_a_folder_is_made_for_a_new_gradebook(tmp_path):
    open_gradebook(tmp_path / "new" / "folder" / "a.db").close()
    assert (tmp_path / "new" / "folder" / "a.db").is_file()


def test_a_gradebook_may_be_kept_in_memory():
    with open_gradebook("sqlite://") as book:
        assert book.read(lambda c: c.execute(text("SELECT count(*) FROM log")).scalar()) == 0


def test_a_folder_that_cannot_be_made_is_told():
    with pytest.raises(GradebookError, match=r"cannot be created.*Choose another --gradebook"):
        open_gradebook("sqlite:////proc/nothing/a.db", patience_s=0)


def test_a_gradebook_that_is_not_there_is_told_where_one_must_be(gradebook_file):
    missing = r"gradebook .*\.db` does not exist.*`grader grade` creates"
    with pytest.raises(GradebookError, match=missing):
        open_gradebook(gradebook_file, must_exist=True)


def test_a_folder_that_is_given_for_a_gradebook_is_told(tmp_path):
    with pytest.raises(GradebookError, match=r"is a folder, .*--gradebook .*/gradebook\.db$"):
        open_gradebook(tmp_path)


def test_a_file_that_is_no_database_is_told(gradebook_file):
    gradebook_file.write_text("bring coffee" * 1000)
    with pytest.raises(GradebookError, match=r"is damaged or not a gradebook .*Restore a copy"):
        open_gradebook(gradebook_file)


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path):
    address = f"postgresql://ada:hunter2@/grades?host={tmp_path}"
    with pytest.raises(GradebookError, match="cannot be reached") as caught:
        open_gradebook(address, patience_s=0.2)
    assert "hunter2" not in str(caught.value)


def test_a_lock_that_stays_is_told_and_one_that_goes_is_waited_for(gradebook_file, monkeypatch):
    monkeypatch.setattr("grader.gradebook.database.opening._BUSY_MS", 50)
    open_gradebook(gradebook_file).close()
    other = sqlite3.connect(gradebook_file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(GradebookError, match=r"locked by another program.*same command goes on"):
        open_gradebook(gradebook_file, patience_s=0.3)
    timer = threading.Timer(0.5, lambda: other.execute("ROLLBACK"))
    timer.start()
    with open_gradebook(gradebook_file, patience_s=30) as book:
        run(book, "INSERT INTO students VALUES ('ada', '', '', '', '')")
    timer.join()
    other.close()


def test_an_error_that_stays_an_error_is_not_tried_again(address):
    calls = []

    def wrong(connection):
        calls.append(1)
        connection.execute(text("SELECT * FROM nowhere"))

    with open_gradebook(address) as book, pytest.raises(GradebookError, match="nowhere"):
        book.write(wrong)
    assert len(calls) == 1


@pytest.mark.skipif(os.name == "nt", reason="needs limits of a process")
def test_a_full_disk_is_told_and_leaves_a_sound_gradebook(gradebook_file):
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open_gradebook(gradebook_file) as book:
        size = max(each.stat().st_size for each in gradebook_file.parent.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100_000, before[1]))
        try:
            with pytest.raises(GradebookError, match=r"(?s)the disk is full.*same command goes on"):
                run(book, "INSERT INTO contents VALUES (1, '', 0, zeroblob(10000000))")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
        assert book.read(lambda c: c.execute(text("SELECT count(*) FROM contents")).scalar()) == 0
        run(book, "INSERT INTO contents VALUES (1, '', 0, '')")
