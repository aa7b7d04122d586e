"""Tasks of a batch and their executor, which is a pool of local processes or a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from grader.grading.grade import grade_submission
from grader.grading.preparation import Preparation
from grader.notebook import Notebook, read_handed_in
from grader.results import SubmissionResult
from grader.sandbox.engine import Engine


@dataclass(frozen=True, slots=True)
class Task:
    """A notebook to run once, and the exercises to grade, as plain data that can be sent anywhere.

    Attributes
    ----------
    key : int
        Identifies the result.
    content : bytes
        The notebook with the files in its folder; see `grader.notebook.handed_in`.
    exercises : tuple of str
        Ids of the exercises to grade.
    """

    key: int
    content: bytes
    exercises: tuple[str, ...]

    @property
    def student(self) -> str:
        """Always empty: tasks are anonymous, so identical notebooks share one."""
        return ""

    @property
    def notebook(self) -> str:
        """Always empty: two students may have submitted the same notebook under two names."""
        return ""

    def read(self) -> Notebook:
        """Return the notebook; NotebookError if it cannot be read."""
        return read_handed_in(self.content)


class Executor(Protocol):
    """Performs several tasks at a time; `submit` and `collect` are called from one thread."""

    def submit(self, task: Task) -> bool:
        """Accept a task; return False if all workers are busy."""

    def collect(self) -> Sequence[tuple[Task, SubmissionResult]]:
        """Wait for workers, and return completed tasks; empty if a task is retried.

        A task that cannot be performed has a result with the status ``error``.

        Raises
        ------
        SandboxError
            Workers cannot start their engines, so no task will complete.
        """


def perform(preparation: Preparation, task: Task, engine: Engine) -> SubmissionResult:
    """Perform a task in a worker process, on this machine or another."""
    return grade_submission(preparation, task, engine, task.exercises)
