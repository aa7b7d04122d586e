"""Runs tasks in child processes, each with a time limit and optionally a memory limit.

An endless loop, an exit, a crash or excessive memory use of an author's program affects only its
own task and is reported as its outcome. Time is the child's own: waiting for a processor on a busy
machine does not count.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from grader.guest.limits.own_time import waits_are_known
from grader.limits.own_alarm import TIMES_AT_MOST, left_s
from grader.limits.own_memory import bound_address_space

HUNG = "hung"
_FAREWELL_S = 5.0  # between a child's answer and its end; it only has to leave
_LOOK_S = 0.05
_TOGETHER = 10


@dataclass(frozen=True, slots=True)
class BoundedTask:
    """A task to be run in a process of its own.

    Attributes
    ----------
    key : object
        Identifies the task to the caller.
    do : callable
        Performs the task; its result must be picklable.
    limit_s : float
        Limit of its own time [s].
    limit_bytes : int or None
        Limit of memory beyond that at its start [byte]; None for no limit.
    has_others_work : bool
        Whether other processes, with limits of their own, do the work: it may then take ten times
        as long by the wall clock.
    shares : bool
        Whether it may run in one process with other such tasks, since starting a process takes
        longer than a small task. If that process fails, each task is run again, alone.
    """

    key: Any
    do: Callable[[], Any]
    limit_s: float
    limit_bytes: int | None = None
    has_others_work: bool = False
    shares: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The outcome of a task.

    Attributes
    ----------
    key : object
        The key of the task.
    value : object
        Its result; None if it was lost.
    lost : str
        Why there is no value; empty if there is one.
    """

    key: Any
    value: Any = None
    lost: str = ""

    @property
    def hung(self) -> bool:
        """Whether its time ran out."""
        return self.lost.startswith(HUNG)


@dataclass(slots=True)
class _Running:
    work: BoundedTask
    process: BaseProcess
    started: float
    due: float

    @property
    def by_wall_clock(self) -> bool:
        """Whether its own time cannot be measured."""
        return self.work.has_others_work or not waits_are_known()

    def is_over(self, now: float) -> bool:
        """Return whether its time is over; if not, set when to check again."""
        passed_s, limit_s = now - self.started, self.work.limit_s
        if self.by_wall_clock:
            rest_s = TIMES_AT_MOST * limit_s - passed_s
        else:
            rest_s = left_s(self.process.pid or 0, passed_s, limit_s)
        self.due = now + max(rest_s, _LOOK_S)
        return rest_s <= 0


def run_bounded(tasks: Iterable[BoundedTask], *, jobs: int) -> Iterator[Ended]:
    """Run tasks in parallel, and yield the outcome of each as it ends.

    A task that exceeds only the wall-clock limit is run again, alone, at the end. Tasks that share
    a process have the limits of the first, all together.

    Parameters
    ----------
    tasks : iterable of BoundedTask
        Started in order, as processes become free.
    jobs : int
        Number of processes at once.
    """
    starved: list[BoundedTask] = []
    alone: list[BoundedTask] = []
    for ended in _run(_packed(tasks), jobs, starved):
        if not isinstance(ended.key, _Pack):
            yield ended
        elif ended.lost:
            alone += ended.key.tasks
        else:
            for work, value in zip(ended.key.tasks, ended.value, strict=True):
                yield Ended(work.key, value)
    yield from _run(alone, jobs, starved)
    for work in starved:
        yield from _run([work], 1, None)


@dataclass(frozen=True, slots=True)
class _Pack:
    """Tasks that share a process."""

    tasks: Sequence[BoundedTask]

    def do(self) -> list[Any]:
        return [work.do() for work in self.tasks]


def _packed(tasks: Iterable[BoundedTask]) -> Iterator[BoundedTask]:
    """Yield tasks, with those that share a process packed together."""
    for shares, some in groupby(tasks, lambda work: work.shares):
        while shares and (together := tuple(islice(some, _TOGETHER))):
            pack = _Pack(together)
            yield replace(together[0], key=pack, do=pack.do)
        yield from some


def _run(
    tasks: Iterable[BoundedTask], jobs: int, starved: list[BoundedTask] | None
) -> Iterator[Ended]:
    """Run tasks; those over only the wall-clock limit go to `starved` if given."""
    waiting = iter(tasks)
    running: dict[Connection, _Running] = {}
    try:
        while True:
            while len(running) < jobs and (work := next(waiting, None)) is not None:
                connection, started = _start(work, tuple(running))
                running[connection] = started
            if not running:
                return
            yield from _collect(running, starved)
    finally:
        for connection, left in running.items():
            left.process.kill()
            _end(connection, left.process)


def _start(work: BoundedTask, foreign: Sequence[Connection]) -> tuple[Connection, _Running]:
    # fork: prepared checks hold an author's functions, which cannot be pickled.
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, (ours, *foreign), work))
    sys.stdout.flush()  # otherwise the child would write the buffered text too
    sys.stderr.flush()
    process.start()
    theirs.close()
    now = time.monotonic()
    return ours, _Running(work, process, now, now + work.limit_s)


def _collect(
    running: dict[Connection, _Running], starved: list[BoundedTask] | None
) -> Iterator[Ended]:
    """Wait until something ends or is overdue, and yield it."""
    first = min(each.due for each in running.values())
    ready = wait(list(running), max(0.0, first - time.monotonic()))
    for connection in [each for each in running if each in ready]:
        yield _ended(connection, running.pop(connection))
    now = time.monotonic()
    for connection, late in [(each, of) for each, of in running.items() if of.due <= now]:
        if not late.is_over(now):
            continue
        del running[connection]
        late.process.kill()
        _end(connection, late.process)
        if starved is None or not late.by_wall_clock:
            times = TIMES_AT_MOST if late.by_wall_clock else 1
            yield Ended(
                late.work.key, lost=f"{HUNG}: not finished after {times * late.work.limit_s:g} s"
            )
        else:
            starved.append(late.work)


def _ended(connection: Connection, done: _Running) -> Ended:
    try:
        value, lost = connection.recv()
    except (EOFError, OSError):
        done.process.join()
        code = done.process.exitcode or 0
        how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        value, lost = None, f"its process ended with {how}"
    _end(connection, done.process)
    return Ended(done.work.key, value, lost)


def _end(connection: Connection, process: BaseProcess) -> None:
    connection.close()
    process.join(timeout=_FAREWELL_S)
    if process.is_alive():
        process.kill()
    process.join()


def _work(connection: Connection, foreign: Sequence[Connection], work: BoundedTask) -> None:
    """Run the task in the child process and send its result."""
    for end in foreign:
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _say_nothing()
    if work.limit_bytes is not None:
        bound_address_space(work.limit_bytes)
    try:
        answer = (work.do(), "")
    except BaseException as error:  # even an exit is only reported
        answer = (None, f"raised {type(error).__name__}: {str(error)[:500]}")
    with contextlib.suppress(OSError):
        connection.send(answer)
    connection.close()


def _say_nothing() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.stdout = sys.stderr = os.fdopen(nothing, "w")  # these may not have been descriptors 1 and 2
