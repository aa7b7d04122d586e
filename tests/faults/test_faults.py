"""Whatever happens to a run, the same command then gives the gradebook of an undisturbed one.

After each fault the same command is run to its end. `contents` then holds the gradebook to be
sound, and what is in it, but for times, is compared line by line.
"""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from grader.batch.hand_ins import grade_submissions
from grader.batch.work import Work
from grader.course import load_course
from grader.engines import EngineName, engines_for
from grader.gradebook.book import open_gradebook
from grader.gradebook.editions import course_as_graded
from grader.gradebook.log import read_log
from grader.sandbox.settings import Isolation
from grader.submissions import survey_submissions
from tests.faults.classes import (
    Class,
    children,
    contents,
    count_grades,
    kill_after,
    moments,
    wait_for,
)
from tests.postgres import Server

SIZE = 40


@pytest.fixture(scope="module")
def school(tmp_path_factory) -> Class:
    return Class.make(tmp_path_factory.mktemp("class"), SIZE)


@pytest.fixture(scope="module")
def expected(school, gradebooks) -> list[str]:
    return school.undisturbed(gradebooks())


def wait_for_work(process):
    """Wait until the workers are there, so that a fault does not only hit the start."""
    wait_for(lambda: process.poll() is not None or len(children(process.pid)) >= 2)


def wait_for_results(process):
    """Wait until some results are told."""
    for _ in range(6):
        assert process.stdout.readline()


def killed_again_and_again(school, address, kills):
    """Kill run after run; return how many were still going on."""
    hits = 0
    for seconds in kills:
        process = school.start(address)
        wait_for_work(process)
        hits += kill_after(process, seconds)
    return hits


def test_a_run_that_is_killed_at_any_moment_goes_on(school, expected, address):
    hits = killed_again_and_again(school, address, moments(4, 0.5, seed=4))
    assert hits >= 2
    school.grade(address)
    assert contents(address) == expected


@pytest.mark.soak
def test_fifty_kills_in_a_batch_of_two_hundred_lose_nothing(tmp_path, gradebooks):
    large = Class.make(tmp_path, 200)
    undisturbed = large.undisturbed(gradebooks())
    survived = 0
    for kill in moments(50, 4.0, seed=50):
        address = gradebooks()
        survived += not kill_after(large.start(address), kill)
        large.grade(address)
        assert contents(address) == undisturbed
    assert survived < 25


def ended_runs(address):
    """Return what the log says of each run that came to its end."""
    with open_gradebook(address) as book:
        entries = book.read(lambda c: list(read_log(c)))
    return [entry.details["ended"] for entry in entries if "ended" in entry.details]


def test_what_is_stored_is_not_graded_again(school, expected, gradebook):
    first = school.grade(gradebook)
    again = school.grade(gradebook)
    # Lines of submissions; those of the summary tell the time.
    assert again.splitlines()[: school.size] == first.splitlines()[: school.size]
    assert [end.get("notebooks", 0) for end in ended_runs(gradebook)] == [SIZE + 1, 0]
    assert contents(gradebook) == expected


def test_a_worker_that_is_killed_loses_nothing(school, expected, address):
    process = school.start(address)
    wait_for_work(process)
    time.sleep(0.1)
    os.kill(children(process.pid)[0], signal.SIGKILL)
    said, complained = process.communicate(timeout=300)
    assert process.returncode == 3, complained
    assert f"{school.size} submissions" in said
    assert contents(address) == expected


def test_a_zygote_that_is_killed_loses_nothing(school, expected, gradebook):
    process = school.start(gradebook)
    wait_for_results(process)
    for worker in children(process.pid):
        for zygote in children(worker)[:1]:
            os.kill(zygote, signal.SIGKILL)
    _, complained = process.communicate(timeout=300)
    assert process.returncode == 3, complained
    assert contents(gradebook) == expected


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(school, expected, gradebook):
    process = school.start(gradebook)
    wait_for_results(process)
    process.send_signal(signal.SIGINT)
    _, complained = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"of {school.size} submissions are reported" in complained
    assert "The same command goes on from there." in complained
    assert "Traceback" not in complained
    assert 0 < count_grades(gradebook) < SIZE
    school.grade(gradebook)
    assert contents(gradebook) == expected


def test_two_graders_may_work_on_one_gradebook_at_once(school, expected, address):
    processes = [school.start(address, out) for out in ("one", "two")]
    for process in processes:
        _, complained = process.communicate(timeout=300)
        assert process.returncode == 3, complained
    assert contents(address) == expected


def test_a_gradebook_that_is_locked_for_a_while_is_waited_for(school, expected, gradebook_file):
    process = school.start(str(gradebook_file))
    wait_for_work(process)
    lock = sqlite3.connect(gradebook_file, isolation_level=None, timeout=10)
    lock.execute("BEGIN IMMEDIATE")
    time.sleep(7)  # longer than the five seconds that SQLite itself waits
    assert process.poll() is None
    lock.execute("ROLLBACK")
    lock.close()
    _, complained = process.communicate(timeout=300)
    assert process.returncode == 3, complained
    assert contents(str(gradebook_file)) == expected


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


def no_more_than(size):
    """Return what limits every file of a process, as a full disk does."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize("size", [0, 20_000, 200_000, 260_000, 300_000])
def test_a_full_disk_is_told_and_costs_nothing_that_was_stored(
    school, expected, gradebook_file, size
):
    address = str(gradebook_file)
    process = school.start(address, preexec_fn=no_more_than(size))
    _, complained = process.communicate(timeout=300)
    assert "Traceback" not in complained
    assert process.returncode == 2, complained
    assert "disk" in complained or "Cannot write" in complained or "No space" in complained
    school.grade(address)
    assert contents(address) == expected


def test_a_clock_that_steps_back_changes_nothing(school, expected, gradebook):
    killed_again_and_again(school, gradebook, [0.2])
    # What was stored until now says that it was stored tomorrow.
    with open_gradebook(gradebook) as book:
        for table, column in (("grades", "graded"), ("submissions", "first_seen")):
            tomorrow = text(f"UPDATE {table} SET {column} = '2999-01-01T00:00:00Z'")
            book.write(lambda c, tomorrow=tomorrow: c.execute(tomorrow))
    school.grade(gradebook)
    assert contents(gradebook) == expected


def harmed(path: Path, how: str):
    """Do something to a file, and return what mends it."""
    content = path.read_bytes()
    if how == "removed":
        path.unlink()
    elif how == "replaced by a folder":
        path.unlink()
        path.mkdir()

    def mend():
        if path.is_dir():
            path.rmdir()
        path.write_bytes(content)

    return mend


@pytest.mark.parametrize("how", ["removed", "replaced by a folder"])
def test_a_file_that_goes_between_listing_and_reading_is_graded_when_it_is_back(
    school, expected, gradebook, how
):
    work = school.folder / "work"
    found = survey_submissions([work]).submissions
    victim = work / "student0007.ipynb"
    mend = harmed(victim, how)
    try:
        with open_gradebook(gradebook) as book:
            results = {r.student: r for r in graded_here(book, school, found)}
    finally:
        mend()
    assert results["student0007"].status == "unreadable"
    assert "student0007.ipynb" in results["student0007"].reason
    school.grade(gradebook)
    assert contents(gradebook) == expected


def graded_here(book, school, found):
    """Grade in this process, as the command does."""
    course = load_course(school.folder / "course")
    exercises = tuple(course.exercises.values())
    engines = engines_for(
        EngineName.SANDBOX, course.sandbox, Isolation.NONE, hidden=[course.folder]
    )
    work = Work(course=course, exercises=exercises, seed=0, engines=engines, jobs=1)
    graded = course_as_graded(course, exercises, seed=0, isolation="none", engine="sandbox")
    return grade_submissions(book, graded, found, work, who="test")


def test_processes_that_a_killed_run_leaves_end_by_themselves(school, gradebook):
    process = school.start(gradebook)
    wait_for_work(process)
    workers = children(process.pid)
    kill_after(process, 0)
    wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), 20)
