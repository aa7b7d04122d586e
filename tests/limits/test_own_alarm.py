"""An alarm counts what a process does itself, and never what it waits for a processor."""

import contextlib
import os
import signal
import time

import pytest

from grader.guest.limits.alarm import TimeLimit
from grader.guest.limits.own_time import waits_are_known
from grader.limits.own_alarm import OwnAlarm, waited_s
from tests.clocks import crowded, spin

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer")


@pytest.fixture
def crowd():
    """Have three processes on the one processor that this process may use meanwhile."""
    with crowded():
        yield


def test_work_within_the_limit_is_done_however_busy_the_machine_is(crowd):
    started = time.perf_counter()
    with OwnAlarm(0.3) as alarm:
        spin(0.2)
    assert not alarm.struck
    assert time.perf_counter() - started > 0.3  # else nothing was shown


def test_sleep_within_the_limit_is_done_however_busy_the_machine_is(crowd):
    with OwnAlarm(0.4) as alarm:
        for _ in range(4):
            time.sleep(0.025)
            spin(0.025)
    assert not alarm.struck


def test_work_beyond_the_limit_is_stopped_however_busy_the_machine_is(crowd):
    used = time.process_time()
    with OwnAlarm(0.2) as alarm:
        spin(60)
    assert alarm.struck
    assert time.process_time() - used < 0.6


def test_sleep_beyond_the_limit_is_stopped():
    started = time.monotonic()
    with OwnAlarm(0.2) as alarm:
        time.sleep(600)
    assert alarm.struck
    assert time.monotonic() - started < 300


def test_where_nobody_tells_who_waits_sleep_is_stopped_at_ten_times_the_limit(monkeypatch):
    monkeypatch.setattr("grader.limits.own_alarm.waits_are_known", lambda: False)
    started = time.monotonic()
    with OwnAlarm(0.1) as alarm:
        time.sleep(600)
    assert alarm.struck
    assert 0.9 < time.monotonic() - started < 300


@pytest.mark.parametrize("tells", [True, False])
def test_sleep_may_count_for_nothing(monkeypatch, tells):
    monkeypatch.setattr("grader.limits.own_alarm.waits_are_known", lambda: tells)
    with OwnAlarm(0.03, asleep=False) as alarm:
        time.sleep(0.4)
    assert not alarm.struck
    with OwnAlarm(0.03, asleep=False) as alarm:
        spin(60)
    assert alarm.struck


def test_what_is_forked_within_the_block_has_alarms_of_its_own():
    with OwnAlarm(60) as outer:
        child = os.fork()
        if child == 0:
            with OwnAlarm(0.05) as alarm:
                spin(60)
            os._exit(0 if alarm.struck else 1)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert not outer.struck


def test_a_timer_that_was_set_before_rings_in_time():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(time.monotonic()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with OwnAlarm(60):
            spin(0.3)
            assert len(rung) == 1
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with OwnAlarm(60):
            pass
        spin(0.5)
        assert len(rung) == 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_nothing_of_a_pause_counts():
    with OwnAlarm(0.3) as alarm:
        with alarm.paused():
            spin(0.5)
        spin(0.1)
    assert not alarm.struck


def test_an_alarm_within_an_alarm_ends_its_own_block_alone():
    with OwnAlarm(60) as outer:
        with OwnAlarm(0.1) as inner:
            spin(60)
        done = True
    assert inner.struck
    assert done
    assert not outer.struck


def test_the_alarm_around_goes_on_after_the_one_within():
    with OwnAlarm(0.3) as outer:
        while True:
            with OwnAlarm(60):
                spin(0.01)
    assert outer.struck


def test_a_block_that_swallows_the_end_is_told_of():
    with OwnAlarm(0.1) as alarm, contextlib.suppress(TimeLimit):
        spin(60)
    assert alarm.struck


def test_nothing_is_left_behind():
    before = signal.getsignal(signal.SIGALRM)
    with OwnAlarm(5):
        pass
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.skipif(not waits_are_known(), reason="the system does not tell")
def test_what_a_process_waits_for_is_told(crowd):
    before = waited_s(os.getpid())
    started = time.perf_counter()
    spin(0.2)
    passed = time.perf_counter() - started
    assert 0.3 * (passed - 0.2) < waited_s(os.getpid()) - before <= passed
    assert waited_s(2**22 + 1) == 0.0
