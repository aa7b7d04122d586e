"""What a pool makes of what a cluster does rarely; a stand-in for Dask's client does it here."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from distributed import KilledWorker

from grader.batch import Task
from grader.batch.cluster import dask_pool as cluster
from grader.batch.cluster.dask_pool import DaskPool
from grader.errors import SandboxError
from grader.results import SubmissionResult
from tests.batch.standins import assignment

TASK = Task(7, b"", ("two_heads",))
RESULT = SubmissionResult.model_construct(status="graded")


@dataclass(eq=False)
class Answer:
    """A future."""

    answer: object
    status: str = "finished"

    def exception(self):
        return self.answer

    def result(self, timeout):
        if isinstance(self.answer, TimeoutError):
            raise self.answer
        return self.answer


@dataclass
class Client:
    """A client of a cluster that has these workers, and gives these answers in turn."""

    workers: dict[str, int] | OSError
    answers: list[Answer] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    closed: bool = False

    def __call__(self, **place):
        return self

    def get_versions(self):
        same = {"packages": {"distributed": "1"}}
        return {"client": same, "scheduler": same, "workers": {}}

    def register_plugin(self, plugin):
        pass

    def nthreads(self):
        if isinstance(self.workers, OSError):
            raise self.workers
        return self.workers

    def submit(self, function, name, task, *, workers, **options):
        self.sent += workers
        return self.answers.pop(0)

    def close(self):
        self.closed = True


@pytest.fixture
def pool_of(monkeypatch, tmp_path):
    def make(client):
        monkeypatch.setattr(cluster, "Client", client)
        monkeypatch.setattr(cluster, "wait", lambda all_, **_: SimpleNamespace(done=set(all_)))
        monkeypatch.setattr(cluster, "_LOOK_EVERY_S", 0.0)
        return DaskPool("tcp://here:1", assignment(tmp_path / "course"))

    return make


def test_a_result_that_is_lost_with_its_worker_is_made_again(pool_of):
    client = Client({"a": 1, "b": 1}, [Answer(TimeoutError()), Answer(RESULT)])
    with pool_of(client) as pool:
        assert pool.submit(TASK)
        assert pool.collect() == []
        client.workers = {"b": 1}
        assert pool.collect() == [(TASK, RESULT)]
    assert client.sent == ["a", "b"]


def test_what_is_tried_again_goes_before_what_is_new(pool_of):
    client = Client({"a": 1}, [Answer(TimeoutError()), Answer(RESULT)])
    with pool_of(client) as pool:
        assert pool.submit(TASK)
        client.workers = {}
        assert pool.collect() == []
        client.workers = {"b": 1}
        assert not pool.submit(Task(8, b"", ()))
        assert pool.collect() == [(TASK, RESULT)]


def test_a_worker_has_no_more_tasks_than_threads(pool_of):
    client = Client({"a": 2, "b": 1}, [Answer(RESULT) for _ in range(3)])
    with pool_of(client) as pool:
        assert [pool.submit(TASK) for _ in range(4)] == [True, True, True, False]
    assert client.sent == ["a", "b", "a"]


def test_what_the_scheduler_gave_up_is_reported(pool_of):
    client = Client({"a": 1}, [Answer(KilledWorker("key", None, 3), "error")])
    with pool_of(client) as pool:
        pool.submit(TASK)
        ((task, result),) = pool.collect()
    assert (task, result.status) == (TASK, "error")
    assert "3 workers died" in result.reason


def test_a_fault_of_a_worker_ends_the_run_and_names_it(pool_of):
    client = Client({"a": 1}, [Answer(OSError("No space left on device"), "error")])
    with (
        pytest.raises(SandboxError, match="the Dask worker `a` cannot grade: OSError: No space"),
        pool_of(client) as pool,
    ):
        pool.submit(TASK)
        pool.collect()
    assert client.closed


def test_a_cluster_that_stays_without_workers_is_not_waited_for_for_ever(pool_of, monkeypatch):
    monkeypatch.setattr(cluster, "_WORKER_WITHIN_S", -1.0)
    client = Client({})
    with pytest.raises(SandboxError, match="has had no worker for"), pool_of(client):
        pass
    assert client.closed


def test_a_cluster_without_workers_takes_nothing_yet(pool_of):
    with pool_of(Client({})) as pool:
        assert not pool.submit(TASK)
        assert pool.collect() == []


def test_a_scheduler_that_does_not_answer_any_more_is_told(pool_of):
    client = Client(OSError("connection refused"))
    with (
        pytest.raises(SandboxError, match=r"`tcp://here:1` is gone \(connection refused\)"),
        pool_of(client),
    ):
        pass
