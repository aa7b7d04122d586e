"""Workers on other machines, reached through a Dask scheduler.

Each task is sent to one worker, and a worker has no more tasks than threads. So it is known which
tasks ran on a worker when it died, and only these count the death. The scheduler itself would also
blame tasks that were waiting there, and would retry as often as its configuration says.
"""

from __future__ import annotations

import logging
import time
import uuid
import warnings
from asyncio import CancelledError
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError as FutureCancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import TracebackType

from distributed import Client, Future, KilledWorker, wait
from distributed.comm import CommClosedError

from grader.batch.cluster.assignment import Assignment
from grader.batch.cluster.worker_plugin import ChildDeath, CourseOnWorker, grade_on_worker
from grader.batch.executor import Task
from grader.errors import SandboxError
from grader.grading.grade import ungraded
from grader.results import SubmissionResult

_TRIES = 3
_LOOK_EVERY_S = 1.0
_HAND_OVER_S = 30.0
_WORKER_WITHIN_S = 600.0

_NO_ANSWER = (
    "no Dask scheduler answers at `{address}` ({why}). Start one with `dask scheduler`, or correct "
    "the address"
)
_GONE = (
    "the Dask scheduler at `{address}` is gone ({why}). What was graded is stored, and the same "
    "command continues from there"
)
_NO_WORKERS = (
    "the Dask scheduler at `{address}` has had no worker for {minutes:g} minutes. Start some with "
    "`dask worker {address}`; the same command continues from what is stored"
)


@dataclass(slots=True)
class _Attempt:
    task: Task
    worker: str
    deaths: int = 0


@dataclass(slots=True)
class DaskPool:
    """Workers of a Dask cluster, each with as many tasks as it has threads.

    Attributes
    ----------
    address : str
        Address of the scheduler, or the path of its scheduler file.
    assignment : Assignment
        Sent to every worker once.
    """

    address: str
    assignment: Assignment
    _client: Client = field(init=False)
    _name: str = field(init=False)
    _threads: dict[str, int] = field(default_factory=dict, init=False)
    _looked: float = field(default=0.0, init=False)
    _peopled: float = field(default=0.0, init=False)
    _running: dict[Future, _Attempt] = field(default_factory=dict, init=False)
    _again: deque[_Attempt] = field(default_factory=deque, init=False)
    _keys: Iterator[str] = field(init=False)

    def __enter__(self) -> DaskPool:
        """Connect to the scheduler, and send the course to workers that do not have it."""
        run = uuid.uuid4().hex
        self._keys = (f"grade-{run}-{number}" for number in count())
        self._client = _connect(self.address)
        try:
            with self._reported():
                plugin = CourseOnWorker(self.assignment)
                self._name = plugin.name
                _register(self._client, plugin)
                self._peopled = time.monotonic()
                self._look()
        except BaseException:
            self._client.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cancel waiting tasks, and disconnect from the cluster."""
        self._running.clear()
        self._client.close()

    def submit(self, task: Task) -> bool:
        """Give a task to an idle worker; return False if there is none."""
        with self._reported():
            # Retried tasks go first.
            return not self._again and self._send(_Attempt(task, ""))

    def collect(self) -> Sequence[tuple[Task, SubmissionResult]]:
        """Wait briefly for results, and return them; there may be none yet."""
        with self._reported():
            done = list(self._after_a_look())
            while self._again and self._send(self._again[0]):
                self._again.popleft()
            if not done and self._running:
                done.extend(self._finished())
            elif not done and not self._free():
                time.sleep(_LOOK_EVERY_S)
            return done

    def _send(self, attempt: _Attempt) -> bool:
        worker = self._free()
        if worker is None:
            return False
        attempt.worker = worker
        future = self._client.submit(
            grade_on_worker,
            self._name,
            attempt.task,
            key=next(self._keys),
            workers=[worker],
            allow_other_workers=False,
            pure=False,
        )
        self._running[future] = attempt
        return True

    def _free(self) -> str | None:
        """Return a worker with an idle thread."""
        busy = Counter(attempt.worker for attempt in self._running.values())
        idle = (worker for worker, threads in self._threads.items() if busy[worker] < threads)
        return min(idle, key=lambda worker: busy[worker], default=None)

    def _after_a_look(self) -> Iterator[tuple[Task, SubmissionResult]]:
        """Look for workers that are gone, at intervals; yield tasks that ran out of retries.

        Results that a worker had not yet sent are lost with it.
        """
        if time.monotonic() - self._looked < _LOOK_EVERY_S:
            return
        self._look()
        for future, attempt in list(self._running.items()):
            if attempt.worker not in self._threads:
                del self._running[future]
                yield from self._died(attempt, "it left the cluster")

    def _look(self) -> None:
        self._threads = dict(self._client.nthreads())
        self._looked = time.monotonic()
        if self._threads:
            self._peopled = self._looked
        elif self._looked - self._peopled > _WORKER_WITHIN_S:
            raise SandboxError(
                _NO_WORKERS.format(address=self.address, minutes=_WORKER_WITHIN_S / 60)
            )

    def _finished(self) -> Iterator[tuple[Task, SubmissionResult]]:
        try:
            done = wait(list(self._running), timeout=_LOOK_EVERY_S, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return
        for future in done.done:
            yield from self._receive(future, self._running[future])

    def _receive(
        self, future: Future, attempt: _Attempt
    ) -> Iterator[tuple[Task, SubmissionResult]]:
        answer = _answer(future)
        if answer is None:
            return  # the worker died during the task, which the next look finds
        if isinstance(answer, KilledWorker):  # it restarted under its address several times
            attempt.deaths, answer = _TRIES - 1, ChildDeath("the worker was restarted")
        del self._running[future]
        if isinstance(answer, SandboxError):
            raise SandboxError(f"the Dask worker `{attempt.worker}` cannot grade: {answer}")
        if isinstance(answer, ChildDeath):
            yield from self._died(attempt, answer.how)
        else:
            assert isinstance(answer, SubmissionResult)
            yield attempt.task, answer

    def _died(self, attempt: _Attempt, how: str) -> Iterator[tuple[Task, SubmissionResult]]:
        attempt.deaths += 1
        if attempt.deaths < _TRIES:
            self._again.append(attempt)
        else:
            reason = f"{_TRIES} workers died while they graded this (the last: {how})."
            most = self.assignment.graded.max_score
            yield attempt.task, ungraded(attempt.task, "error", reason, most)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Report a lost scheduler as a SandboxError."""
        try:
            yield
        except (CancelledError, FutureCancelledError) as error:
            why = "the connection was lost"
            raise SandboxError(_GONE.format(address=self.address, why=why)) from error
        except OSError as error:
            raise SandboxError(_GONE.format(address=self.address, why=error)) from error


def _answer(future: Future) -> object:
    """Return the answer of a worker, or its error; None if the answer cannot be fetched."""
    if future.status == "error":
        error = future.exception()
        known = isinstance(error, KilledWorker)
        return error if known else SandboxError(f"{type(error).__name__}: {error}")
    try:
        return future.result(timeout=_HAND_OVER_S)
    except TimeoutError:
        return None


def _register(client: Client, plugin: CourseOnWorker) -> None:
    try:
        client.register_plugin(plugin)
    except (CommClosedError, FutureCancelledError):
        raise
    except Exception as error:  # an error of a worker comes as a bare Exception that quotes it
        raise SandboxError(
            f"a Dask worker cannot take the course: {error}. Every worker needs "
            "notebook-grader[dask] in the version of this command"
        ) from error


def _connect(address: str) -> Client:
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # reported below
    place = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # versions are compared below
            client = Client(**place, name="notebook-grader")
    except (OSError, ValueError, TypeError) as error:  # TypeError: TLS without certificates
        raise SandboxError(_NO_ANSWER.format(address=address, why=error)) from error
    try:
        _refuse_other_versions(client)
    except BaseException:
        client.close()
        raise
    return client


def _refuse_other_versions(client: Client) -> None:
    versions = client.get_versions()
    ours = versions["client"]["packages"]["distributed"]
    there = {"the scheduler": versions["scheduler"], **versions["workers"]}
    others = [
        f"{place} has {found['packages']['distributed']}"
        for place, found in there.items()
        if found["packages"]["distributed"] != ours
    ]
    if others:
        raise SandboxError(
            f"The versions of Dask differ: this command has distributed {ours}, "
            f"{', '.join(others)}. Install one version on every machine"
        )
