"""The process that grades for a worker of a cluster.

A Dask worker has threads, but a sandbox and a time limit on a course's own program both need the
main thread of a process. So a worker keeps a child process, started without fork, which receives
the course's folder and then tasks over a socket.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from grader.batch.cluster.assignment import Assignment
from grader.batch.executor import Task
from grader.batch.worker import serve
from grader.errors import GraderError, SandboxError
from grader.results import SubmissionResult

_IDLE_S = 300.0
"""An idle child ends after this time, so a run that was killed leaves none behind."""

_END_S = 5.0


class ChildDied(Exception):  # noqa: N818 (an event, not an error of ours)
    """A child ended before it answered."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process that grades, and its socket."""

    process: subprocess.Popen[bytes]
    connection: Connection

    @classmethod
    def start(cls, folder: Path, assignment: Assignment) -> Child:
        """Start a child, and wait until it has prepared the course.

        Raises
        ------
        SandboxError
            It cannot grade on this machine.
        """
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "grader.batch.cluster.child", str(theirs.fileno())]
        with theirs:
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()])  # noqa: S603 (this very module)
        child = cls(process, Connection(ours.detach()))
        child._send((folder, assignment))
        try:
            refusal: SandboxError | None = child.connection.recv()
        except (EOFError, OSError):
            refusal = SandboxError("its process ended at its start; the worker's output shows why")
        if refusal is not None:
            child.stop()
            raise refusal
        return child

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def do(self, task: Task) -> SubmissionResult | SandboxError:
        """Return the result of a task, or a SandboxError if the child cannot perform any task.

        Raises
        ------
        ChildDied
            The child died during the task; the message has the exit code.
        """
        self._send(task)
        try:
            answer: SubmissionResult | SandboxError = self.connection.recv()
        except (EOFError, OSError) as error:
            self.stop()
            raise ChildDied(f"exit code {self.process.returncode}") from error
        if isinstance(answer, SandboxError):
            self.stop()
        return answer

    def stop(self) -> None:
        """End the process; kill it if it does not end in time."""
        self._send(None)
        self.connection.close()
        try:
            self.process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _send(self, message: object) -> None:
        # A dead child is noticed when its answer is awaited.
        with contextlib.suppress(OSError):
            self.connection.send(message)


def main(descriptor: int) -> None:
    """Perform tasks from a socket, in the child, until there are no more."""
    connection = Connection(descriptor)
    # The worker may be gone when the child answers.
    with connection, contextlib.suppress(EOFError, BrokenPipeError):
        folder, assignment = connection.recv()
        try:
            preparation, engines = assignment.prepare(folder)
        except GraderError as error:
            connection.send(SandboxError(str(error)))
            return
        connection.send(None)
        serve(connection, _tasks(connection), preparation, engines)


def _tasks(connection: Connection) -> Iterator[Task]:
    while connection.poll(_IDLE_S):
        task = connection.recv()
        if task is None:
            break
        yield task


if __name__ == "__main__":
    main(int(sys.argv[1]))
