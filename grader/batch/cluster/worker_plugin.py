"""The plugin of a Dask worker: it keeps the course, and child processes that grade."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from distributed import WorkerPlugin, get_worker

from grader.batch.cluster.assignment import Assignment, unpack
from grader.batch.cluster.child import Child, ChildDied
from grader.batch.executor import Task
from grader.errors import SandboxError
from grader.results import SubmissionResult


@dataclass(frozen=True, slots=True)
class ChildDeath:
    """The death of the child that performed a task."""

    how: str


class CourseOnWorker(WorkerPlugin):  # type: ignore[misc]  # Dask is not typed here
    """A course on a worker, and the children that have prepared it.

    Its name is the hash of its contents. So a later run with the same course finds it on the
    worker, and simultaneous runs share it; it stays until the worker ends.

    Parameters
    ----------
    assignment : Assignment
        What to grade, and how.
    """

    idempotent = True

    def __init__(self, assignment: Assignment) -> None:
        self.name = f"grader-{assignment.key}"
        self._assignment = assignment

    def setup(self, worker: Any) -> None:
        """Initialise without unpacking: an error here could not be reported to the run."""
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._place: str = worker.local_directory
        self._folder: TemporaryDirectory[str] | None = None
        self._bare = replace(self._assignment, packed=b"")

    def teardown(self, worker: Any) -> None:  # noqa: ARG002
        """End the children, and remove the course's folder."""
        while self._idle:
            self._idle.pop().stop()
        if self._folder is not None:
            self._folder.cleanup()

    def do(self, task: Task) -> SubmissionResult | SandboxError | ChildDeath:
        """Return the result of a task, performed by an idle child."""
        try:
            with self._child() as child:
                return child.do(task)
        except SandboxError as error:
            return error
        except ChildDied as died:
            return ChildDeath(str(died))

    @contextmanager
    def _child(self) -> Iterator[Child]:
        with self._lock:
            folder = self._unpacked()
            idle = [child for child in self._idle if child.alive]
            child = idle.pop() if idle else None
            self._idle = idle
        child = child or Child.start(folder, self._bare)
        yield child
        with self._lock:
            self._idle.append(child)

    def _unpacked(self) -> Path:
        """Return the folder of the course, private to this worker's user."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="course-", dir=self._place)
            unpack(self._assignment.packed, Path(self._folder.name))
        return Path(self._folder.name)


def grade_on_worker(name: str, task: Task) -> SubmissionResult | SandboxError | ChildDeath:
    """Perform a task on a worker; a run sends calls of this function."""
    plugin: CourseOnWorker = get_worker().plugins[name]
    return plugin.do(task)
