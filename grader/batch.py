"""A class of submissions, graded by one worker process a core.

`concurrent.futures` would do but for one thing: when a worker dies it breaks the whole pool and
does not say whose work killed it. Here each worker has its own pipe, so a death costs one
submission one retry and is then reported under its name.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Protocol

from grader.errors import SandboxError
from grader.grading import Engine, Readable, grade_submission, ungraded
from grader.preparation import Preparation
from grader.results import SubmissionResult

__all__ = ["EngineFactory", "grade_batch"]

_WINDOW_PER_JOB = 64
"""How far a worker may run ahead of the slowest one: it bounds the results kept in memory."""

_TRIES = 2


class EngineFactory(Protocol):
    """Makes a worker's engine, inside the worker."""

    def start(self) -> contextlib.AbstractContextManager[Engine]:
        """Start an engine; SandboxError says why it cannot be started."""


def grade_batch(
    preparation: Preparation, submissions: Sequence[Readable], engines: EngineFactory, *, jobs: int
) -> Iterator[SubmissionResult]:
    """Grade submissions in parallel and yield their results in the order of the submissions.

    Parameters
    ----------
    preparation : Preparation
        The course, ready; workers inherit it.
    submissions : sequence of Readable
        Whom to grade; each is read inside its worker.
    engines : EngineFactory
        Starts each worker's engine.
    jobs : int
        Number of worker processes.

    Raises
    ------
    SandboxError
        A worker's engine could not be started.
    """
    with _Pool(preparation, engines, min(jobs, max(1, len(submissions)))) as pool:
        done: dict[int, SubmissionResult] = {}
        sent = 0
        for due in range(len(submissions)):
            while due not in done:
                while sent < len(submissions) and sent < due + _WINDOW_PER_JOB * jobs:
                    if not pool.submit(sent, submissions[sent]):
                        break
                    sent += 1
                done |= pool.collect()
            yield done.pop(due)


@dataclass(slots=True, kw_only=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    index: int | None = None
    submission: Readable | None = None
    tries: int = 0


@dataclass(slots=True)
class _Pool:
    """Worker processes, each with a pipe of its own and at most one submission at a time."""

    preparation: Preparation
    engines: EngineFactory
    jobs: int
    workers: list[_Worker] = field(default_factory=list)

    def __enter__(self) -> _Pool:
        for _ in range(self.jobs):
            self.workers.append(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self.workers:
            _stop(worker, kindly=kind is None)

    def submit(self, index: int, submission: Readable) -> bool:
        """Give a submission to an idle worker; False when every worker is busy."""
        for worker in self.workers:
            if worker.index is None:
                worker.index, worker.submission, worker.tries = index, submission, 1
                _send(worker)
                return True
        return False

    def collect(self) -> dict[int, SubmissionResult]:
        """Wait for one worker at least and take what has been graded."""
        busy = {worker.connection: worker for worker in self.workers if worker.index is not None}
        return {
            index: result
            for connection in wait(list(busy))
            for index, result in self._receive(busy[connection])  # type: ignore[index]
        }

    def _receive(self, worker: _Worker) -> Iterator[tuple[int, SubmissionResult]]:
        assert worker.index is not None
        try:
            answer = worker.connection.recv()
        except (EOFError, ConnectionError):
            answer = self._revive(worker)
        if isinstance(answer, SandboxError):
            raise answer
        if answer is not None:
            yield worker.index, answer
            worker.index = worker.submission = None

    def _revive(self, worker: _Worker) -> SubmissionResult | None:
        """Replace a worker that died; None if its submission is tried again."""
        _stop(worker, kindly=False)
        code = worker.process.exitcode
        fresh = self._start()
        worker.process, worker.connection = fresh.process, fresh.connection
        assert worker.submission is not None
        if worker.tries < _TRIES:
            worker.tries += 1
            _send(worker)
            return None
        reason = f"The worker process that graded this died {_TRIES} times (exit code {code})."
        return ungraded(self.preparation, worker.submission, "error", reason)

    def _start(self) -> _Worker:
        # fork: the prepared course may hold an author's functions, which cannot be pickled, and
        # a million-value input is shared instead of copied. No thread runs in this process.
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        foreign = [ours, *(worker.connection for worker in self.workers)]
        process = context.Process(
            target=_work, args=(theirs, foreign, self.preparation, self.engines), daemon=True
        )
        process.start()
        theirs.close()
        return _Worker(process=process, connection=ours)


def _send(worker: _Worker) -> None:
    # A worker that is already dead is noticed when its answer is awaited.
    with contextlib.suppress(OSError):
        worker.connection.send(worker.submission)


def _stop(worker: _Worker, *, kindly: bool) -> None:
    if kindly:
        with contextlib.suppress(OSError):
            worker.connection.send(None)
        worker.process.join(timeout=5)
    worker.connection.close()
    worker.process.kill()
    worker.process.join()


def _work(
    connection: Connection,
    foreign: Sequence[Connection],
    preparation: Preparation,
    engines: EngineFactory,
) -> None:
    """Grade what comes down the pipe until None comes; runs in the worker process."""
    for end in foreign:
        end.close()  # a copy kept open would hide from the workers that their parent is gone
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    gc.freeze()  # to collect what was inherited would copy its memory, page by page
    try:
        with engines.start() as engine, contextlib.suppress(EOFError):
            for submission in iter(connection.recv, None):
                connection.send(grade_submission(preparation, submission, engine))
    except SandboxError as error:
        connection.send(SandboxError(str(error)))
