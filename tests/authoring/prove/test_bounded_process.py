"""Work in child processes: whatever becomes of one piece, the others are done."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from grader.authoring.prove import bounded_process as bounded
from grader.authoring.prove.bounded_process import BoundedTask, Ended, run_bounded
from tests.clocks import crowded, own_clock, spin


def ended(do, *, limit_s=20.0, limit_bytes=None) -> Ended:
    (found,) = run_bounded([BoundedTask("it", do, limit_s, limit_bytes)], jobs=1)
    return found


def loop():
    while True:
        pass


def hold_signals():
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGKILL})
    loop()


def eat_memory():
    return np.ones(1 << 28).sum()  # 2 GiB


def test_what_work_returns_comes_back_under_its_key():
    assert ended(lambda: {"a": [1, 2.5]}) == Ended("it", {"a": [1, 2.5]})


@pytest.mark.parametrize("hang", [loop, hold_signals, lambda: time.sleep(60)])
def test_what_takes_too_long_is_ended_and_told(hang):
    started = own_clock()
    found = ended(hang, limit_s=0.3)
    assert found.hung
    assert found.lost == "hung: not finished after 0.3 s"
    assert started.sample() < 5


def work(seconds):
    spin(seconds)
    return "done"


@pytest.fixture
def crowd():
    """Have three processes on the one processor that this process may use meanwhile."""
    with crowded():
        yield


def test_what_waits_for_a_processor_is_waited_for(crowd):
    started = time.monotonic()
    assert ended(lambda: work(0.3), limit_s=0.6) == Ended("it", "done")
    assert time.monotonic() - started > 0.6  # else nothing was shown


def test_what_is_over_by_the_wall_clock_alone_is_done_once_more_by_itself(monkeypatch, tmp_path):
    monkeypatch.setattr(bounded, "waits_are_known", lambda: False)

    def at_the_second_time():
        if not (tmp_path / "tried").exists():
            (tmp_path / "tried").touch()
            time.sleep(600)
        return "done"

    assert ended(at_the_second_time, limit_s=0.05) == Ended("it", "done")
    never = ended(lambda: time.sleep(600), limit_s=0.05)
    assert never.hung
    assert never.lost == "hung: not finished after 0.5 s"


def test_who_has_others_work_is_held_to_the_wall_clock_alone():
    (found,) = run_bounded(
        [BoundedTask("it", lambda: time.sleep(0.4), 0.2, has_others_work=True)], jobs=1
    )
    assert not found.lost


@pytest.mark.parametrize(
    ("do", "told"),
    [
        (lambda: os._exit(3), "its process ended with exit status 3"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "its process ended with SIGKILL"),
        (lambda: sys.exit("bye"), "raised SystemExit: bye"),
        (lambda: 1 / 0, "raised ZeroDivisionError: division by zero"),
        (lambda: loop, None),
    ],
)
def test_what_ends_otherwise_is_told(do, told):
    found = ended(do)
    assert not found.hung
    assert (found.lost or None) == told


def test_what_has_answered_and_does_not_leave_is_ended(monkeypatch):
    monkeypatch.setattr(bounded, "_FAREWELL_S", 0.2)
    started = own_clock()
    assert ended(lambda: threading.Thread(target=time.sleep, args=(60,)).start()).lost == ""
    assert started.sample() < 20


def test_memory_is_bounded_where_that_is_wanted():
    assert ended(eat_memory, limit_bytes=256 << 20).lost.startswith("raised MemoryError")


def test_nothing_that_is_printed_comes_out(capfd):
    assert ended(lambda: print("a secret")).lost == ""
    assert capfd.readouterr() == ("", "")


def test_one_that_is_lost_costs_no_other():
    tasks = [BoundedTask(n, lambda n=n: os._exit(1) if n == 2 else n * n, 20.0) for n in range(6)]
    found = {each.key: each.value for each in run_bounded(tasks, jobs=2)}
    assert found == {0: 0, 1: 1, 2: None, 3: 9, 4: 16, 5: 25}


def test_what_shares_is_done_in_few_processes_and_what_does_not_in_its_own():
    tasks = [BoundedTask(n, os.getpid, 20.0, shares=n < 25) for n in range(30)]
    found = {each.key: each.value for each in run_bounded(tasks, jobs=2)}
    assert sorted(found) == [*range(30)]
    assert len({found[n] for n in range(25)}) == 3
    assert len(set(found.values())) == 3 + 5


@pytest.mark.parametrize(
    ("end", "lost"),
    [
        (lambda: os._exit(1), "its process ended with exit status 1"),
        (lambda: 1 / 0, "raised ZeroDivisionError: division by zero"),
        (hold_signals, "hung: not finished after 0.5 s"),
    ],
)
def test_one_that_is_lost_costs_no_other_that_shared_its_process(end, lost):
    tasks = [
        BoundedTask(n, end if n == 2 else lambda n=n: n * n, 0.5, shares=True) for n in range(6)
    ]
    found = {each.key: each for each in run_bounded(tasks, jobs=2)}
    assert {key: each.value for key, each in found.items()} == {
        **{n: n * n for n in range(6)},
        2: None,
    }
    assert {key: each.lost for key, each in found.items() if each.lost} == {2: lost}


def test_no_more_processes_run_at_once_than_is_said():
    started = own_clock()
    done = list(
        run_bounded([BoundedTask(n, lambda: time.sleep(0.3), 20.0) for n in range(4)], jobs=2)
    )
    assert len(done) == 4
    assert started.sample() > 0.55


def children():
    tasks = Path("/proc/self/task").glob("*/children")
    return {pid for task in tasks for pid in task.read_text().split()}


def test_who_stops_asking_leaves_no_process_behind():
    before = children()  # other tests may have sandboxes that stay
    running = run_bounded([BoundedTask(0, os.getpid, 20.0), BoundedTask(1, loop, 60.0)], jobs=2)
    assert next(running).key == 0
    assert children() > before
    running.close()
    assert children() == before
