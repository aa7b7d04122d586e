"""Work done in child processes, each with a time limit and, where wanted, a memory limit.

What an author's program does there, be it an endless loop, an exit, a crash or a fit of memory,
costs that piece of work alone and is told as what became of it. Time is the child's own: on a busy
machine it does not count what it waits for a processor.
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
    """Something to be done in a process of its own.

    Attributes
    ----------
    key : object
        What the caller knows it by.
    do : callable
        Does it; what it returns must be picklable.
    limit_s : float
        How long it may take, of its own time [s].
    limit_bytes : int or None
        How much memory it may take beyond what is there at its start [byte]; None for no limit.
    has_others_work : bool
        Whether other processes do the work, which have limits of their own: it may then take ten
        times as long by the wall clock.
    shares : bool
        Whether others that share may be done in the same process before it: to start one takes
        longer than what is small. Where that ends badly, each is done once more, alone.
    """

    key: Any
    do: Callable[[], Any]
    limit_s: float
    limit_bytes: int | None = None
    has_others_work: bool = False
    shares: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of some work.

    Attributes
    ----------
    key : object
        That of the work.
    value : object
        What it returned; None where it was lost.
    lost : str
        Why there is no value; empty where there is one.
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
        """Whether its own time cannot be told."""
        return self.work.has_others_work or not waits_are_known()

    def is_over(self, now: float) -> bool:
        """Tell whether its time is over; else note when to look again."""
        passed_s, limit_s = now - self.started, self.work.limit_s
        if self.by_wall_clock:
            rest_s = TIMES_AT_MOST * limit_s - passed_s
        else:
            rest_s = left_s(self.process.pid or 0, passed_s, limit_s)
        self.due = now + max(rest_s, _LOOK_S)
        return rest_s <= 0


def run_bounded(tasks: Iterable[BoundedTask], *, jobs: int) -> Iterator[Ended]:
    """Do some work, so many at once, and yield what became of each as it ends.

    What is over by the wall clock alone is done once more, by itself, when all else is done. What
    shares a process has the limits of the first there, all together.

    Parameters
    ----------
    tasks : iterable of BoundedTask
        Taken in order, each when there is room for it.
    jobs : int
        How many processes there are at once.
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
    """Yield tasks, those that share put together."""
    for shares, some in groupby(tasks, lambda work: work.shares):
        while shares and (together := tuple(islice(some, _TOGETHER))):
            pack = _Pack(together)
            yield replace(together[0], key=pack, do=pack.do)
        yield from some


def _run(
    tasks: Iterable[BoundedTask], jobs: int, starved: list[BoundedTask] | None
) -> Iterator[Ended]:
    """Do some work; what is over by the wall clock alone goes to `starved`, where there is one."""
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
    sys.stdout.flush()  # what waits in a buffer would be written by the child too
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
    """Do the work and send what came of it; runs in the child process."""
    for end in foreign:
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _say_nothing()
    if work.limit_bytes is not None:
        bound_address_space(work.limit_bytes)
    try:
        answer = (work.do(), "")
    except BaseException as error:  # even an exit is only told of
        answer = (None, f"raised {type(error).__name__}: {str(error)[:500]}")
    with contextlib.suppress(OSError):
        connection.send(answer)
    connection.close()


def _say_nothing() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.stdout = sys.stderr = os.fdopen(nothing, "w")  # which need not have led to 1 and 2
