"""A class is graded in order, each submission once, whatever one of them does to its worker."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from grader.batch import grade_batch
from grader.course import load_course
from grader.errors import NotebookError, SandboxError
from grader.preparation import Preparation, prepare_course

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def preparation() -> Preparation:
    return prepare_course(load_course(ROOT), only=["hth_likelihood"])


@dataclass(frozen=True)
class Paper:
    """A submission that cannot be read, after doing something to its worker."""

    student: str
    notebook: str = "paper.ipynb"
    wait_s: float = 0.0
    dies: Path | None = None

    def read(self):
        time.sleep(self.wait_s)
        if self.dies is not None:
            with self.dies.open("a") as log:
                log.write("died\n")
            os.kill(os.getpid(), signal.SIGKILL)
        raise NotebookError(f"read by {os.getpid()}")


class NoEngine:
    @contextmanager
    def start(self):
        yield None


class BrokenEngine:
    @contextmanager
    def start(self):
        raise SandboxError("bubblewrap is missing")
        yield


def graded(preparation, papers, jobs=2):
    return list(grade_batch(preparation, papers, NoEngine(), jobs=jobs))


def test_results_come_in_the_order_of_the_submissions(preparation):
    papers = [Paper(str(i), wait_s=0.05 * (i % 3 == 0)) for i in range(20)]
    assert [result.student for result in graded(preparation, papers)] == [p.student for p in papers]


def test_the_work_is_shared_among_the_workers(preparation):
    results = graded(preparation, [Paper(str(i), wait_s=0.02) for i in range(12)], jobs=2)
    assert len({result.reason for result in results}) == 2


def test_a_submission_that_kills_its_worker_is_tried_again_then_reported(preparation, tmp_path):
    log = tmp_path / "log"
    papers = [Paper("before"), Paper("killer", dies=log), Paper("after")]
    results = graded(preparation, papers, jobs=1)
    assert [result.status for result in results] == ["unreadable", "error", "unreadable"]
    assert "died 2 times (exit code -9)" in results[1].reason
    assert results[1].score == Decimal(0)
    assert log.read_text() == "died\n" * 2


def test_the_others_are_graded_when_one_kills_its_worker(preparation, tmp_path):
    papers = [Paper(str(i), dies=tmp_path / "log" if i == 3 else None) for i in range(10)]
    statuses = [result.status for result in graded(preparation, papers)]
    assert statuses == ["unreadable"] * 3 + ["error"] + ["unreadable"] * 6


def test_an_engine_that_cannot_start_ends_the_run_with_its_reason(preparation):
    with pytest.raises(SandboxError, match="bubblewrap is missing"):
        list(grade_batch(preparation, [Paper("ada")], BrokenEngine(), jobs=2))


def test_no_worker_is_left_when_the_reader_stops_early(preparation):
    results = grade_batch(preparation, [Paper(str(i)) for i in range(50)], NoEngine(), jobs=2)
    pid = int(next(results).reason.split()[-1])
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_no_submissions_are_no_work(preparation):
    assert graded(preparation, []) == []
