"""The process that grades for a worker of a cluster.

A Dask worker has threads, and neither a sandbox nor a time limit on a course's own program can be
had beside them: both want a process whose main thread is theirs. So a worker keeps a child, which
is started afresh, not forked, and gets the course's folder and then tasks over a socket.
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
"""A child without work ends after this long, so that a run that was killed leaves none."""

_END_S = 5.0


class ChildDied(Exception):  # noqa: N818 (says what happened)
    """A child ended before it had answered."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process that grades, and the socket to it."""

    process: subprocess.Popen[bytes]
    connection: Connection

    @classmethod
    def start(cls, folder: Path, assignment: Assignment) -> Child:
        """Start one, and wait until it has the course ready.

        Raises
        ------
        SandboxError
            It cannot work here; the message says why.
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
            refusal = SandboxError("its process ended as it began; the worker's output says why")
        if refusal is not None:
            child.stop()
            raise refusal
        return child

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def do(self, task: Task) -> SubmissionResult | SandboxError:
        """Have a task done; a SandboxError says that no task can be.

        Raises
        ------
        ChildDied
            It died of this; the message says how.
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
        """End it, kindly if it is without work."""
        self._send(None)
        self.connection.close()
        try:
            self.process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _send(self, thing: object) -> None:
        # One that is already dead is noticed when its answer is awaited.
        with contextlib.suppress(OSError):
            self.connection.send(thing)


def main(descriptor: int) -> None:
    """Do what comes over a socket until nothing more does; runs in the child."""
    connection = Connection(descriptor)
    # The worker may be gone when there is something to tell it.
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
