"""Grading that begins before the gradebook is open: to load its library takes as long as to grade.

Where a gradebook is new, it is known beforehand that the first notebook has no grade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.batch.executor import Executor, Task
from grader.results import SubmissionResult

_NO_KEY = -1


@dataclass(slots=True)
class HeadStart:
    """An executor that works on what the first task will be before it is submitted.

    Attributes
    ----------
    executor : Executor
        What does the work.
    guess : Task or None
        What it was given; None once that is known to be the first task, or not.
    """

    executor: Executor
    guess: Task | None
    _first: Task | None = None

    @classmethod
    def of(cls, executor: Executor, content: bytes, exercises: tuple[str, ...]) -> HeadStart:
        """Have an executor, which is idle, begin with a notebook."""
        guess = Task(_NO_KEY, content, exercises)
        executor.submit(guess)
        return cls(executor, guess)

    def submit(self, task: Task) -> bool:
        """Take a task; False when all workers are busy."""
        if self.guess is None:
            return self.executor.submit(task)
        guess, self.guess = self.guess, None
        if replace(guess, key=task.key) == task:
            self._first = task
            return True
        while not self.executor.collect():  # the file has changed since; nothing else is at work
            pass
        return self.executor.submit(task)

    def collect(self) -> Sequence[tuple[Task, SubmissionResult]]:
        """Wait until something is done and return it."""
        return [
            (self._first if task.key == _NO_KEY and self._first else task, result)
            for task, result in self.executor.collect()
        ]
