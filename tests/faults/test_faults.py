"""Whatever happens to a run, the same command then gives the gradebook of an undisturbed one.

After each fault the same command is run to its end. `contents` then holds the gradebook to be
sound, and what is in it, but for times, is compared line by line. Sandboxes die in
`test_killed_sandbox.py`, workers of a cluster in `tests/batch/cluster/test_dask_pool.py`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from grader.gradebook.database.book import open_gradebook
from grader.gradebook.log import read_log
from tests.faults.classes import (
    Class,
    children,
    contents,
    count_grades,
    kill_after,
    moments,
    wait_for,
    wait_for_results,
    wait_for_work,
)


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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def addresses(request, tmp_path) -> Callable[[], str]:
    """Return what names places for new gradebooks, in one database and then in the other."""
    numbers = count()
    if request.param == "sqlite":
        return lambda: str(tmp_path / f"{next(numbers)}.db")
    return request.getfixturevalue("postgres").new_database


@pytest.mark.soak
def test_fifty_kills_in_a_batch_of_two_hundred_lose_nothing(tmp_path, addresses):
    large = Class.make(tmp_path, 200)
    undisturbed = large.undisturbed(addresses())
    survived = 0
    for kill in moments(50, 4.0, seed=50):
        address = addresses()
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
    assert [end.get("notebooks", 0) for end in ended_runs(gradebook)] == [school.size - 1, 0]
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


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(school, expected, gradebook):
    # Whoever runs the tests in the background of a shell has it ignored.
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = school.start(gradebook, preexec_fn=heeding)
    wait_for_results(process)
    process.send_signal(signal.SIGINT)
    _, complained = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"of {school.size} submissions are reported" in complained
    assert "Run the same command to continue from there." in complained
    assert "Traceback" not in complained
    assert 0 < count_grades(gradebook) < school.size - 1
    school.grade(gradebook)
    assert contents(gradebook) == expected


def test_two_graders_may_work_on_one_gradebook_at_once(school, expected, address):
    processes = [school.start(address, out) for out in ("one", "two")]
    for process in processes:
        _, complained = process.communicate(timeout=300)
        assert process.returncode == 3, complained
    assert contents(address) == expected


def test_processes_that_a_killed_run_leaves_end_by_themselves(school, gradebook):
    process = school.start(gradebook)
    wait_for_work(process)
    workers = children(process.pid)
    kill_after(process, 0)
    wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), 120)
