"""What a batch hands out and gets back, whether local processes or a cluster do the work."""

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
    """A notebook to run once, and what to ask it; plain data, so that it can be sent anywhere.

    Attributes
    ----------
    key : int
        What the result is known by.
    content : bytes
        The notebook's file, with what lay beside it; see `grader.notebook.handed_in`.
    exercises : tuple of str
        Ids of those to grade.
    """

    key: int
    content: bytes
    exercises: tuple[str, ...]

    @property
    def student(self) -> str:
        """Nobody: a content is graded without knowing whose it is."""
        return ""

    @property
    def notebook(self) -> str:
        """Nothing: two students may have handed in the same under two names."""
        return ""

    def read(self) -> Notebook:
        """Read the notebook; NotebookError says why it cannot be read."""
        return read_handed_in(self.content)


class Executor(Protocol):
    """Does tasks, several at a time; `submit` and `collect` are called from one thread."""

    def submit(self, task: Task) -> bool:
        """Take a task; False when all workers are busy."""

    def collect(self) -> Sequence[tuple[Task, SubmissionResult]]:
        """Wait until something is done and return it; it is empty where a task is tried again.

        A task that cannot be done has a result with the status ``error``.

        Raises
        ------
        SandboxError
            Workers cannot start their engines, so that nothing will ever be done.
        """


def perform(preparation: Preparation, task: Task, engine: Engine) -> SubmissionResult:
    """Do a task; this is what runs in a worker, wherever that is."""
    return grade_submission(preparation, task, engine, task.exercises)
