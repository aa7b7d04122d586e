"""Worker processes on this machine.

`concurrent.futures` does not serve: a worker that dies breaks its whole pool, and nothing shows
which task killed it. Here each worker has its own pipe, so a death costs one submission one retry
and is then reported for that submission.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType

from grader.batch.executor import Task
from grader.batch.worker import serve
from grader.errors import GraderError
from grader.grading.grade import ungraded
from grader.grading.preparation import Preparation
from grader.results import SubmissionResult
from grader.sandbox.early_sandbox import EarlySandbox
from grader.sandbox.engine import EngineFactory

_TRIES = 2


@dataclass(slots=True, kw_only=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    task: Task | None = None
    tries: int = 0


@dataclass(slots=True)
class LocalPool:
    """Worker processes, each with a pipe of its own and at most one task at a time.

    Attributes
    ----------
    prepare : callable
        Prepares the course. Several workers inherit the result; a single worker prepares it itself
        while this process continues.
    engines : EngineFactory
        Starts the engine of each worker.
    jobs : int
        Number of worker processes.
    early : EarlySandbox, optional
        Engine of the first worker, if it was started already.
    """

    prepare: Callable[[], Preparation]
    engines: EngineFactory
    jobs: int
    early: EarlySandbox | None = None
    _workers: list[_Worker] = field(default_factory=list, init=False)

    def __enter__(self) -> LocalPool:
        """Start the workers."""
        if self.jobs > 1:
            prepared = self.prepare()
            self.prepare = lambda: prepared
        for _ in range(self.jobs):
            self._workers.append(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the workers, immediately after an exception."""
        for worker in self._workers:
            _stop(worker, kindly=kind is None)

    def submit(self, task: Task) -> bool:
        """Give a task to an idle worker; return False if every worker is busy."""
        for worker in self._workers:
            if worker.task is None:
                worker.task, worker.tries = task, 1
                _send(worker)
                return True
        return False

    def collect(self) -> Sequence[tuple[Task, SubmissionResult]]:
        """Wait for at least one worker, and return completed tasks."""
        busy = {worker.connection: worker for worker in self._workers if worker.task is not None}
        return [
            done
            for connection in wait(list(busy))
            for done in self._receive(busy[connection])  # type: ignore[index]
        ]

    def _receive(self, worker: _Worker) -> Iterator[tuple[Task, SubmissionResult]]:
        assert worker.task is not None
        try:
            answer = worker.connection.recv()
        except (EOFError, ConnectionError):
            answer = self._revive(worker)
        if isinstance(answer, GraderError):
            raise answer
        if answer is not None:
            yield worker.task, answer
            worker.task = None

    def _revive(self, worker: _Worker) -> SubmissionResult | None:
        """Replace a worker that died; return None if its task is retried."""
        _stop(worker, kindly=False)
        code = worker.process.exitcode
        fresh = self._start()
        worker.process, worker.connection = fresh.process, fresh.connection
        assert worker.task is not None
        if worker.tries < _TRIES:
            worker.tries += 1
            _send(worker)
            return None
        reason = f"The worker process that graded this died {_TRIES} times (exit code {code})."
        return ungraded(worker.task, "error", reason, self.prepare().max_score)

    def _start(self) -> _Worker:
        # fork: the prepared course may hold an author's functions, which cannot be pickled, and
        # a million-value input is shared instead of copied. No thread runs in this process.
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        foreign = [ours, *(worker.connection for worker in self._workers)]
        process = context.Process(
            target=_work, args=(theirs, foreign, self.prepare, self.engines), daemon=True
        )
        process.start()
        theirs.close()
        if self.early is not None:
            self.early.hand_over()
        return _Worker(process=process, connection=ours)


def _send(worker: _Worker) -> None:
    # `collect` notices that a worker is dead.
    with contextlib.suppress(OSError):
        worker.connection.send(worker.task)


def _stop(worker: _Worker, *, kindly: bool) -> None:
    if kindly:
        with contextlib.suppress(OSError):
            worker.connection.send(None)
        worker.process.join(timeout=5)
    worker.process.kill()
    worker.process.join()
    worker.connection.close()


def _work(
    connection: Connection,
    foreign: Sequence[Connection],
    prepare: Callable[[], Preparation],
    engines: EngineFactory,
) -> None:
    """Perform tasks from the pipe, in the worker process, until None comes."""
    for end in foreign:
        end.close()  # an open copy would hide from the workers that their parent is gone
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    try:
        preparation = prepare()
    except GraderError as error:
        connection.send(error)
        return
    serve(connection, iter(connection.recv, None), preparation, engines)
