"""Attacks on time: that of the session itself, and that of whoever is graded beside it."""

from __future__ import annotations

import os
import time
from contextlib import AbstractContextManager
from decimal import Decimal
from functools import partial

import numpy as np
import pytest

from grader.guest.limits.own_time import OwnTime
from grader.sandbox import exercise_session, session
from grader.sandbox.cgroup import make_cgroup
from grader.sandbox.engine import Isolation
from tests.attacks.course import GOOD
from tests.clocks import spinning

pytestmark = pytest.mark.strong

SPINNING_CHILDREN = """
import time
for _ in range(12):
    if os.fork() == 0:
        try:
            os.setsid()
        except OSError:
            pass
        while True:
            pass
"""
ORPHANS = """
import time
for _ in range(4):
    if os.fork() == 0:
        if os.fork() == 0:
            while True:
                pass
        os._exit(0)
"""
ROOMY = {"cpu_s": 100, "call_s": 0.5, "exercise_s": 60}
ON_ONE_PROCESSOR = "import os\nos.sched_setaffinity(0, {0})"
BUSY = f"""
import time

def square(x):
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    return x * x

{GOOD.splitlines()[-1]}
"""


@pytest.mark.parametrize("isolation", [Isolation.STRONG, Isolation.BASIC])
@pytest.mark.parametrize("children", [SPINNING_CHILDREN, ORPHANS], ids=["children", "orphans"])
def test_children_that_spin_while_their_parent_answers_use_up_the_session(
    arenas, isolation, children
):
    """Sleep alone would let them spin for as long as every question may take."""
    limits = {"cpu_s": 1, "call_s": 60, "exercise_s": 120, "cell_s": 60, "notebook_s": 120}
    arena = arenas(isolation, limits=limits)
    spinning = arena.raid(children, "time.sleep(50)", answer=GOOD)
    assert any("all together (limit: cpu)" in each.error for each in spinning.outcomes)
    # Run again, without the cell that slept.
    arena.hold(spinning, points=arena.plain["good"], within_s=60)
    arenas.tell(
        "spinning_children", "processor time of all", isolation.value, "see the test without it"
    )


def test_without_a_count_of_all_processes_they_spin_as_long_as_they_like(arenas, monkeypatch):
    limits = {"cpu_s": 1, "call_s": 60, "exercise_s": 120, "cell_s": 60, "notebook_s": 120}
    arena = arenas(Isolation.STRONG, limits=limits)
    monkeypatch.setattr(session, "OwnTime", partial(OwnTime, descends=False))
    raid = arena.raid(SPINNING_CHILDREN, "time.sleep(4)", answer=GOOD)
    assert not any("limit: cpu" in each.error for each in raid.outcomes)


def test_a_call_that_sleeps_while_its_children_spin_is_stopped(arenas):
    arena = arenas(Isolation.STRONG, limits={"cpu_s": 100})
    answer = "def square(x):" + SPINNING_CHILDREN.replace("\n", "\n    ") + "time.sleep(1000)\n"
    raid = arena.raid(answer=answer)
    assert "timed out after 1 s" in raid.report
    arena.hold(raid, points=Decimal(0), within_s=60)


def processor_s(pid: int) -> float:
    return time.clock_gettime((~pid << 3) | 2)  # CLOCK_PROCESS_CPUTIME_ID of another process


def crowd(count: int) -> AbstractContextManager[list[int]]:
    """Keep the first processor busy, in the root's own cgroup, as other programs do."""
    return spinning(count, "import os; os.sched_setaffinity(0, {0})")


@pytest.mark.parametrize("apart", [True, False])
def test_many_processes_get_no_more_of_a_processor_than_one_in_another_cgroup(apart):
    groups = [make_cgroup(1 << 30) for _ in range(2)]
    if None in groups or len(groups[0].folders) < 2:
        for group in groups:
            if group is not None:
                group.remove()
        pytest.skip("no cgroup shares processors here; docs/security.md says what is left then")
    try:
        with crowd(12) as many, crowd(1) as (one,):
            for pid in many:
                groups[0].add(pid)
            groups[1 if apart else 0].add(one)
            time.sleep(0.3)
            before = [processor_s(pid) for pid in (one, *many)]
            until = time.monotonic() + 120
            # As much as it takes to tell: what else runs on that processor takes its part first.
            while time.monotonic() < until:
                ran = np.subtract([processor_s(pid) for pid in (one, *many)], before)
                if ran.sum() > 1.0:
                    break
                time.sleep(0.05)
    finally:
        for group in groups:
            group.remove()
    share = ran[0] / ran.sum()
    assert bool(share > 0.3) is apart, share


def test_an_honest_call_keeps_its_time_beside_a_crowd(arenas):
    """It takes half of what it may; alone on the processor of the crowd, seven times the wall."""
    arena = arenas(Isolation.STRONG, limits=ROOMY)
    with crowd(6):
        raid = arena.raid(ON_ONE_PROCESSOR, answer=BUSY)
    assert raid.result.score == arena.plain["good"]


def test_without_own_time_that_call_would_fail(arenas, monkeypatch):
    good = arenas(Isolation.STRONG).plain["good"]
    monkeypatch.setattr(exercise_session, "GRACE_S", 0.0)  # what is left then is the time outside
    by_the_wall = {"limits/own_time.py": ("max(interval_s - waited_s,", "max(interval_s,")}
    with arenas.weakened(Isolation.STRONG, by_the_wall, ROOMY) as weak, crowd(6):
        raid = weak.raid(ON_ONE_PROCESSOR, answer=BUSY)
    assert raid.result.score < good


def test_a_crowd_is_seen_by_the_clock_of_a_session():
    with crowd(4) as pids:
        clock = OwnTime(lambda: pids[:1])
        time.sleep(0.5)
        clock.sample()
    assert clock.waited_s > 0.1
    assert os.getpid() not in pids
