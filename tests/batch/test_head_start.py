"""The first notebook is graded before the gradebook is open, once, and only as it was stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.batch.executor import Task
from grader.batch.head_start import HeadStart


@dataclass
class OneWorker:
    """An executor of one worker, which answers with what it was given."""

    at_work: Task | None = None
    begun: list[bytes] = field(default_factory=list)

    def submit(self, task):
        if self.at_work is not None:
            return False
        self.at_work = task
        self.begun.append(task.content)
        return True

    def collect(self):
        done, self.at_work = self.at_work, None
        return [(done, done.content)]


def test_what_is_submitted_first_is_at_work_already():
    worker = OneWorker()
    ahead = HeadStart.of(worker, b"paper", ("kl",))
    first, second = Task(7, b"paper", ("kl",)), Task(8, b"other", ("kl",))
    assert ahead.submit(first)
    assert not ahead.submit(second)
    assert ahead.collect() == [(first, b"paper")]
    assert ahead.submit(second)
    assert ahead.collect() == [(second, b"other")]
    assert worker.begun == [b"paper", b"other"]


def test_what_is_graded_alone_again_is_known_by_its_own_key():
    worker = OneWorker()
    ahead = HeadStart.of(worker, b"paper", ("kl",))
    first = Task(7, b"paper", ("kl",))
    for _ in range(2):
        assert ahead.submit(first)
        assert ahead.collect() == [(first, b"paper")]
    assert worker.begun == [b"paper", b"paper"]


def test_a_notebook_that_was_changed_meanwhile_is_graded_as_it_was_stored():
    for task in (Task(7, b"changed", ("kl",)), Task(7, b"paper", ("kl", "entropy"))):
        worker = OneWorker()
        ahead = HeadStart.of(worker, b"paper", ("kl",))
        assert ahead.submit(task)
        assert ahead.collect() == [(task, task.content)]
        assert worker.begun == [b"paper", task.content]
