"""Each task is done once, whatever one of them does to its worker."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from grader.batch import LocalPool, Task
from grader.course import load_course
from grader.errors import SandboxError
from grader.grading.preparation import Preparation, prepare_course
from tests.batch.standins import BrokenEngine, StandIn, paper

ROOT = Path(__file__).parents[2]
EXERCISES = ("hth_likelihood",)
STAND_IN = StandIn()


@pytest.fixture(scope="module")
def preparation() -> Preparation:
    return prepare_course(load_course(ROOT), only=EXERCISES)


def done(preparation, acts, jobs=2, engines=STAND_IN):
    """Give acts to a pool; return the results by the number of the act."""
    tasks = [Task(n, paper(act, n), EXERCISES) for n, act in enumerate(acts)]
    results = {}
    with LocalPool(lambda: preparation, engines, jobs) as pool:
        while len(results) < len(acts):
            while tasks and pool.submit(tasks[0]):
                tasks.pop(0)
            results |= {task.key: result for task, result in pool.collect()}
    return [results[n] for n in range(len(acts))]


def test_the_work_is_shared_among_the_workers(preparation):
    results = done(preparation, ["sleep 0.02"] * 12)
    assert len({result.reason for result in results}) == 2


def test_a_pool_whose_workers_are_busy_takes_no_more(preparation):
    with LocalPool(lambda: preparation, StandIn(), 2) as pool:
        taken = [pool.submit(Task(n, paper("sleep 0.05", n), EXERCISES)) for n in range(3)]
    assert taken == [True, True, False]


def test_a_task_that_kills_its_worker_is_tried_again_then_reported(preparation, tmp_path):
    log = tmp_path / "log"
    before, killer, after = done(preparation, ["nothing", f"die {log}", "nothing"], jobs=1)
    assert "died 2 times (exit code -9)" in killer.reason
    assert (killer.status, killer.score) == ("error", Decimal(0))
    assert log.read_text() == "died\n" * 2
    assert before.reason.startswith("run by ")
    assert after.reason.startswith("run by ")


def test_a_task_that_takes_too_much_memory_costs_itself_alone(preparation):
    before, large, after = done(preparation, ["nothing", f"eat {4 << 30}", "nothing"], jobs=1)
    assert large.status == "error"
    assert large.reason == (
        "Its answers take more memory than a worker has for one submission. If they are honest, "
        "give workers more with `sandbox: {limits: {worker_bytes: ...}}` in course.yaml."
    )
    assert before.reason == after.reason  # by the same worker: it did not die of it


def test_the_memory_of_a_worker_is_what_the_course_says(preparation):
    course = preparation.course
    limits = course.sandbox.limits.model_copy(update={"worker_bytes": 100 << 20})
    sandbox = course.sandbox.model_copy(update={"limits": limits})
    bounded = replace(preparation, course=replace(course, sandbox=sandbox))
    small, large = done(bounded, [f"eat {50 << 20}", f"eat {200 << 20}"], jobs=1)
    assert "run by" in small.reason
    assert "more memory" in large.reason


def test_a_notebook_that_cannot_be_read_is_told_without_its_name(preparation):
    with LocalPool(lambda: preparation, StandIn(), 1) as pool:
        pool.submit(Task(7, b"", EXERCISES))
        ((task, result),) = pool.collect()
    assert (task.key, result.status) == (7, "unreadable")
    assert result.reason.startswith("The notebook is empty.")


def test_an_engine_that_cannot_start_ends_the_run_with_its_reason(preparation):
    with pytest.raises(SandboxError, match="bubblewrap is missing"):
        done(preparation, ["nothing"], engines=BrokenEngine())


def test_no_worker_is_left_when_the_run_stops_early(preparation):
    (result,) = done(preparation, ["nothing"], jobs=1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(result.reason.split()[-1]), 0)
