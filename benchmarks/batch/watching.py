"""A run of ``grader grade`` that is watched: when each result came, and what was held meanwhile."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from benchmarks.accounting import cpu_used_s
from benchmarks.measuring import Cost, Run, finish, start
from benchmarks.processes import held_bytes, tree

_TOLD = b"student-"
"""How a line begins that tells a result."""

_LINES_KEPT = 50


@dataclass(frozen=True, slots=True)
class Sample:
    """What had been used, and was held, at one moment.

    Attributes
    ----------
    at_s : float
        Time [s] since the start.
    cpu_s : float
        User and system time [s] of all processes so far.
    trusted_bytes : int
        Memory of those outside any sandbox; pages that processes share are counted once.
    """

    at_s: float
    cpu_s: float
    trusted_bytes: int


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of a run.

    Attributes
    ----------
    cost : Cost
        Of all of it.
    told_s : list of float
        When each result was told [s], since the start; it is stored before.
    samples : list of Sample
        In order.
    sampling_cpu_s : float
        CPU [s] that taking the samples took; it is no part of the cost.
    """

    cost: Cost
    told_s: list[float]
    samples: list[Sample]
    sampling_cpu_s: float


def watch(run: Run, *, every_s: float) -> Watched:
    """Run a command to its end; note when results come, and take a sample every so often."""
    watching = _Watching(run)
    sampler = threading.Thread(target=watching.sample_until_the_end, args=(every_s,))
    sampler.start()
    try:
        watching.read()
    finally:
        watching.ended.set()
        sampler.join()
    cost = Cost(watching.used_s(), watching.age_s)
    return Watched(cost, watching.told_s, watching.samples, watching.sampling_cpu_s)


def kill_after(run: Run, results: int) -> Cost:
    """Kill a command with SIGKILL when it has told so many results; return what it cost.

    Raises
    ------
    RuntimeError
        It ended before, or left processes running.
    """
    watching = _Watching(replace(run, exit_statuses=(-signal.SIGKILL,)))
    watching.read(kill_after=results)
    # Without an account, what dies with its sandbox hands its time on to nobody.
    return Cost(max(watching.used_when_killed_s, watching.used_s()), watching.age_s)


@dataclass
class _Watching:
    run: Run
    told_s: list[float] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    used_when_killed_s: float = 0.0
    sampling_cpu_s: float = 0.0
    _started: float = field(default_factory=time.perf_counter)
    _used_before_s: float = field(default_factory=cpu_used_s)
    _process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._process = start(self.run)

    @property
    def age_s(self) -> float:
        return time.perf_counter() - self._started

    def used_s(self, *running: int) -> float:
        return cpu_used_s(*running) - self._used_before_s

    def read(self, *, kill_after: int = 0) -> None:
        """Take in what the command says, to the end of all its processes."""
        last: deque[bytes] = deque(maxlen=_LINES_KEPT)
        for line in self._lines():
            last.append(line)
            if line.startswith(_TOLD):
                self.told_s.append(self.age_s)
                if len(self.told_s) == kill_after:
                    self._kill()
        finish(self.run, self._process, b"".join(last))

    def sample_until_the_end(self, every_s: float) -> None:
        while not self.ended.wait(every_s):
            self._sample()
        self.sampling_cpu_s = time.thread_time()

    def _lines(self) -> Iterator[bytes]:
        assert self._process.stdout is not None
        yield from self._process.stdout

    def _kill(self) -> None:
        self.used_when_killed_s = self.used_s(self._process.pid)
        self._process.kill()

    def _sample(self) -> None:
        at_s, cpu_s, trusted = self.age_s, self.used_s(self._process.pid), 0
        for pid, in_sandbox in tree(self._process.pid):
            trusted += 0 if in_sandbox else held_bytes(pid)
        if trusted:  # else it has ended
            self.samples.append(Sample(at_s, cpu_s, trusted))
