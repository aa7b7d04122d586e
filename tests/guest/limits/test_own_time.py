"""Own time: with a kernel that a test plays, and with the real one."""

import os
import subprocess
import sys
import threading
import time

import pytest

from grader.guest.limits import own_time
from grader.guest.limits.alarm import Alarm
from grader.guest.limits.own_time import (
    OwnTime,
    children_in_session,
    itself,
    waits_are_known,
    with_processor_time,
)
from tests.clocks import crowded, descendants, spin

ASKING = -1
NS = 10**9


class Kernel:
    """What /proc would say, of processes of one thread each; times in seconds."""

    def __init__(self):
        self.now = 100.0
        self.threads = {ASKING: [0.0, 0.0]}
        self.ready = set()

    def pass_time(self, seconds, ran=(), waited=()):
        self.now += seconds
        for account, grown in ((0, ran), (1, waited)):
            for process, amount in dict(grown).items():
                self.threads.setdefault(process, [0.0, 0.0])[account] += amount

    def contents(self, path):
        parts = path.split("/")
        process = ASKING if parts[2] == "thread-self" else int(parts[2])
        if parts[-1] == "stat":
            return b"1 (python) %c 0 0 0" % (b"R" if process in self.ready else b"S")
        if parts[-1] != "schedstat" or process not in self.threads:
            return b""
        ran, waited = self.threads[process]
        return b"%d %d 5\n" % (ran * NS, waited * NS)

    def numbers(self, folder):
        process = int(folder.split("/")[2])
        return [process] if process in self.threads else []

    def clock(self, *processes):
        return OwnTime(lambda: processes, fresh=True)


@pytest.fixture
def kernel(monkeypatch):
    made = Kernel()
    monkeypatch.setattr(own_time, "_contents", made.contents)
    monkeypatch.setattr(own_time, "_numbers", made.numbers)
    monkeypatch.setattr(own_time.time, "monotonic", lambda: made.now)
    return made


def close(seconds):
    return pytest.approx(seconds, abs=1e-6)


def test_running_and_sleeping_count_and_waiting_does_not(kernel):
    clock = kernel.clock(1)
    kernel.pass_time(13.3, ran={1: 1.2}, waited={1: 11.1})
    assert clock.sample() == close(2.2)
    assert clock.waited_s == close(11.1)
    assert clock.ran_s == close(1.2)


def test_a_process_that_waits_for_its_child_is_not_charged_for_what_the_child_waits(kernel):
    clock = kernel.clock(1, 2)
    kernel.pass_time(10.0, ran={1: 0.0, 2: 0.5}, waited={2: 9.5})
    assert clock.sample() == close(0.5)


def test_work_in_parallel_costs_the_same_with_processors_for_all_and_with_few(kernel):
    work = {1: 2.0, 2: 2.0, 3: 2.0}
    clock = kernel.clock(*work)
    kernel.pass_time(2.0, ran=work)
    assert clock.sample() == close(2.0)
    kernel.pass_time(30.0, ran=work, waited=dict.fromkeys(work, 28.0))
    assert clock.sample() == close(4.0)


def test_children_that_spin_while_their_parent_sleeps_use_up_its_time(kernel):
    children = range(2, 62)
    clock = kernel.clock(1, *children)
    kernel.pass_time(10.0, ran=dict.fromkeys(children, 1 / 6), waited=dict.fromkeys(children, 9.8))
    assert clock.sample() == close(10.0 / 4)  # 60 * 1/6 s of processor time


def test_it_never_goes_faster_than_the_clock_on_the_wall(kernel):
    many = range(1, 41)
    clock = kernel.clock(*many)
    kernel.pass_time(1.0, ran=dict.fromkeys(many, 1.0))
    assert clock.sample() == close(1.0)


def test_what_this_side_waits_before_it_can_read_the_answer_does_not_count(kernel):
    clock = kernel.clock(1)
    kernel.pass_time(5.0, ran={1: 0.1, ASKING: 0.2}, waited={ASKING: 4.0})
    assert clock.sample() == close(1.0)


def test_a_number_that_another_process_has_taken_over_starts_anew(kernel):
    clock = kernel.clock(1)
    kernel.pass_time(1.0, ran={1: 0.9})
    clock.sample()
    kernel.threads[1] = [0.0, 0.0]
    kernel.pass_time(1.0, ran={1: 0.2}, waited={1: 0.7})
    assert clock.sample() == close(1.3)


def test_what_processes_had_before_counts_only_where_they_are_fresh(kernel):
    kernel.pass_time(50.0, ran={1: 10.0}, waited={1: 40.0})
    clock = OwnTime(lambda: (1,))
    kernel.pass_time(1.0, ran={1: 1.0})
    assert clock.sample() == close(1.0)
    assert clock.ran_s == close(1.0)


def test_between_samples_every_moment_counts_until_the_next_one_puts_it_right(kernel):
    clock = kernel.clock(1)
    kernel.pass_time(0.04, waited={1: 0.04})
    assert clock.now() == close(0.04)
    kernel.pass_time(0.04, waited={1: 0.04})
    assert clock.now() == close(0.0)


def test_a_wait_that_is_told_of_late_is_taken_off_all_the_same(kernel):
    clock = kernel.clock(1)
    kernel.ready = {1}
    kernel.pass_time(0.0, ran={1: 0.0})
    for _ in range(4):  # it waits, and the kernel does not say so yet
        kernel.pass_time(0.05)
        clock.sample()
    assert clock.now() == close(0.2)
    kernel.pass_time(0.05, ran={1: 0.02}, waited={1: 0.23})
    assert clock.sample() == close(0.02)
    assert clock.waited_s == close(0.23)


def test_nothing_is_taken_off_for_what_was_slept_or_run(kernel):
    clock = kernel.clock(1, 2)
    kernel.pass_time(1.0)  # both sleep
    assert clock.sample() == close(1.0)
    kernel.ready = {1}
    kernel.pass_time(1.0, ran={1: 1.0})
    assert clock.sample() == close(2.0)
    kernel.pass_time(1.0, ran={1: 0.2}, waited={1: 0.8, 2: 5.0})
    assert clock.sample() == close(2.2)


def test_where_waiting_is_not_known_only_this_process_counts_and_not_its_sleep(monkeypatch):
    monkeypatch.setattr(own_time, "_contents", lambda path: b"0 0 0\n")
    assert not waits_are_known()
    own, other = OwnTime(itself), OwnTime(lambda: (os.getppid(),))
    time.sleep(0.05)
    assert own.now() < 0.05
    spin(0.05)
    assert own.now() >= 0.05
    assert other.now() == other.sample() == 0.0


# The real kernel.


def own_threads() -> OwnTime:
    """Return a clock that leaves out what this process started: the crowd is no work of its own."""
    return OwnTime(itself, descends=False)


linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how long threads wait")


@linux
def test_a_crowd_lengthens_the_wall_clock_and_not_the_own_time():
    with crowded():
        clock, began = own_threads(), time.monotonic()
        spin(0.3)
        time.sleep(0.2)
        own_s, wall_s = clock.sample(), time.monotonic() - began
    assert own_s > 0.45
    # Whatever else this machine does: of what went by, the wait was taken off.
    assert own_s - 0.5 < 0.35 * (wall_s - 0.5) + 0.1


@linux
def test_another_process_is_charged_for_no_wait_in_the_middle_of_which_it_is_looked_at():
    program = "import time\nwhile time.process_time() < 0.3: pass"
    with crowded(12):
        began = time.monotonic()
        worker = subprocess.Popen([sys.executable, "-S", "-c", program])
        clock = OwnTime(lambda: (worker.pid,), fresh=True)
        while worker.poll() is None:
            time.sleep(0.05)
            own_s = clock.sample()
        wall_s = time.monotonic() - began
    assert wall_s > 1.0  # else nothing was shown
    assert own_s < 0.3 + 0.1 * (wall_s - 0.3)


@linux
def test_the_alarm_strikes_by_own_time():
    with crowded(), Alarm(0.3, own_threads()) as alarm:
        while True:
            pass
    assert alarm.struck
    assert alarm.ran_s > 0.15


@linux
def test_without_own_time_the_alarm_would_strike_in_the_middle_of_the_work(monkeypatch):
    with crowded(), Alarm(0.8, own_threads()) as alarm:
        spin(0.4)
    assert not alarm.struck
    monkeypatch.setattr(OwnTime, "sample", lambda _: time.monotonic())
    monkeypatch.setattr(OwnTime, "now", lambda _: time.monotonic())
    with crowded(), Alarm(0.4, own_threads()) as alarm:
        spin(0.39)
    assert alarm.struck


@linux
def test_descendants_are_found_through_every_thread_that_started_them():
    found = []

    def start():
        program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
        found.append(subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    (child,) = found
    deadline = time.monotonic() + 30
    while len(members := set(descendants(child.pid))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(members) == 2
    assert members < set(descendants(os.getpid()))
    child.communicate(b"\n")
    assert list(descendants(child.pid)) == [child.pid]


@linux
def test_children_are_told_apart_by_the_session_that_they_are_in():
    command = [sys.executable, "-c", "input()"]
    leader = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    other = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        with_us = set(children_in_session(os.getpid(), os.getsid(0)))
        assert other.pid in with_us
        assert leader.pid not in with_us
        assert list(children_in_session(os.getpid(), leader.pid)) == []
    finally:
        leader.communicate(b"\n")
        other.communicate(b"\n")


@linux
def test_the_processor_time_of_processes_that_ended_is_not_lost():
    clock = OwnTime(itself)
    subprocess.run([sys.executable, "-c", "sum(range(10**7))"], check=True)
    assert clock.processor_s() - clock.ran_s >= 0.05


def test_processor_time_leaves_sleep_out():
    value, took_s = with_processor_time(lambda: time.sleep(0.2) or 3)
    assert (value, took_s < 0.1) == (3, True)
