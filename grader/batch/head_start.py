"""Start grading before the gradebook is open: importing its library takes as long as grading.

A new gradebook certainly has no grade of the first notebook.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.batch.executor import Executor, Task
from grader.results import SubmissionResult

_NO_KEY = -1


@dataclass(slots=True)
class HeadStart:
    """An executor that starts on the expected first task before it is submitted.

    Attributes
    ----------
    executor : Executor
        Performs the tasks.
    guess : Task or None
        The expected first task; None once the first task is known.
    """

    executor: Executor
    guess: Task | None
    _first: Task | None = None

    @classmethod
    def of(cls, executor: Executor, content: bytes, exercises: tuple[str, ...]) -> HeadStart:
        """Start an idle executor on a notebook."""
        guess = Task(_NO_KEY, content, exercises)
        executor.submit(guess)
        return cls(executor, guess)

    def submit(self, task: Task) -> bool:
        """Accept a task; return False if all workers are busy."""
        if self.guess is None:
            return self.executor.submit(task)
        guess, self.guess = self.guess, None
        if replace(guess, key=task.key) == task:
            self._first = task
            return True
        while not self.executor.collect():  # the file has changed since; no other task runs
            pass
        return self.executor.submit(task)

    def collect(self) -> Sequence[tuple[Task, SubmissionResult]]:
        """Wait for workers, and return completed tasks."""
        return [
            (self._first if task.key == _NO_KEY and self._first else task, result)
            for task, result in self.executor.collect()
        ]
