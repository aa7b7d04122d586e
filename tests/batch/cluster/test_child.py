"""A worker of a cluster has a process that grades, and learns what became of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grader.batch import Task
from grader.batch.cluster.assignment import unpack
from grader.batch.cluster.child import Child, ChildDied
from grader.errors import SandboxError
from tests.batch.standins import assignment, lacking, paper

ROOT = Path(__file__).parents[3]


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Return what starts a child with the small course."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def started(**options):
        given = assignment(tmp_path / "here", **options)
        unpack(given.packed, tmp_path / "there")
        return Child.start(tmp_path / "there", given)

    return started


def test_a_child_grades_until_it_is_stopped(start):
    child = start()
    reasons = {child.do(Task(n, paper("nothing", n), ("two_heads",))).reason for n in range(2)}
    assert reasons == {f"run by {child.process.pid}"}
    child.stop()
    assert child.process.returncode == 0


def test_a_child_that_dies_is_told_from_one_that_answers(start, tmp_path):
    child = start()
    with pytest.raises(ChildDied, match="exit code -9"):
        child.do(Task(0, paper(f"die {tmp_path / 'log'}"), ("two_heads",)))
    assert not child.alive


def test_a_task_that_takes_too_much_memory_costs_itself_alone(start):
    child = start()
    acts = ["nothing", f"eat {4 << 30}", "nothing"]
    results = [child.do(Task(n, paper(act, n), ("two_heads",))) for n, act in enumerate(acts)]
    assert "more memory than a worker has" in results[1].reason
    assert results[0].reason == results[2].reason
    child.stop()


def test_a_child_that_cannot_grade_here_says_why(start):
    with pytest.raises(SandboxError, match="lacks bubblewrap"):
        start(engines=lacking)


def test_a_child_that_cannot_even_begin_is_told(start, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SandboxError, match="ended at its start"):
        start()
