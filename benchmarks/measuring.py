"""What a command costs: CPU of everything that it starts, wall time, and memory.

A process hands its CPU time on to the parent that waits for it. What a sandbox still runs when it
is killed has no such parent, for instance the last fork that our grader asked. So the kernel's own
account of a cgroup is read where one can be made; elsewhere that time is lost.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_CGROUPS = Path("/sys/fs/cgroup/cpuacct")
_OWN = "grader-benchmark-"
_ORPHANS_END_WITHIN_S = 20.0
_RESULT = b"student-"
"""How a line begins that shows a result."""


@dataclass(frozen=True, slots=True)
class Run:
    """A command, where it runs, and the exit statuses that are right for it."""

    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    exit_statuses: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Cost:
    """User and system time [s] of all processes of a command, and its time by the clock [s]."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What had been used, and was held, at one moment.

    Attributes
    ----------
    at_s : float
        Time since the start [s].
    cpu_s : float
        User and system time of all processes so far [s].
    all_bytes, trusted_bytes : int
        Memory of all processes, and of those outside any bubblewrap sandbox. Pages that processes
        share are counted once (PSS).
    """

    at_s: float
    cpu_s: float
    all_bytes: int
    trusted_bytes: int


@dataclass(frozen=True, slots=True)
class Watched:
    """A run, and what was seen of it: when each result was printed [s], and samples in order."""

    cost: Cost
    results_s: Sequence[float]
    samples: Sequence[Sample]
    sampling_cpu_s: float = 0.0


def report(line: str) -> None:
    """Show progress, apart from the figures."""
    print(line, file=sys.stderr, flush=True)


def turns(names: Sequence[str], rounds: int) -> Iterator[str]:
    """Yield every name once a round, in an order that changes, so that none is always first."""
    for turn in range(rounds):
        first = turn % len(names)
        yield from (*names[first:], *names[:first])


def medians(costs: Sequence[Cost]) -> Cost:
    """Return the median of each time."""
    return Cost(median(of.cpu_s for of in costs), median(of.wall_s for of in costs))


def measure(run: Run) -> Cost:
    """Run a command to the end of all its processes."""
    used_s, started_s = cpu_used_s(), time.perf_counter()
    _finish(run, _start(run))
    return Cost(cpu_used_s() - used_s, time.perf_counter() - started_s)


def watch(run: Run, *, every_s: float = 0.5, kill_after: int = 0) -> Watched:
    """Run a command to the end of all its processes, and take a sample every so often.

    Parameters
    ----------
    run : Run
        The command.
    every_s : float
        Time between samples [s]; the CPU that they take is no part of the cost.
    kill_after : int
        Kill the command (SIGKILL) when it has printed this many results; 0 lets it end.

    Raises
    ------
    RuntimeError
        The command ended in another way than it should, or left processes running.
    """
    used_s, started_s = cpu_used_s(), time.perf_counter()
    process = _start(run)
    samples = _Samples(process.pid, every_s, used_s, started_s)
    samples.start()
    results_s: list[float] = []
    last: deque[bytes] = deque(maxlen=50)
    used_when_killed_s = 0.0
    try:
        for line in process.stdout or ():
            last.append(line)
            if line.startswith(_RESULT):
                results_s.append(time.perf_counter() - started_s)
                if len(results_s) == kill_after:
                    used_when_killed_s = cpu_used_s(process.pid) - used_s
                    process.kill()
        wanted = replace(run, exit_statuses=(-signal.SIGKILL,)) if kill_after else run
        _finish(wanted, process, b"".join(last))
    finally:
        samples.ended.set()
        samples.join()
    # Without an account, the time of what dies with its sandbox is lost.
    cost = Cost(max(used_when_killed_s, cpu_used_s() - used_s), time.perf_counter() - started_s)
    return Watched(cost, results_s, samples.taken, samples.cpu_s)


class _Samples(threading.Thread):
    """Takes samples of a process and its descendants until `ended` is set."""

    def __init__(self, pid: int, every_s: float, used_s: float, started_s: float) -> None:
        super().__init__()
        self.taken: list[Sample] = []
        self.cpu_s = 0.0
        self.ended = threading.Event()
        self._pid, self._every_s = pid, every_s
        self._used_s, self._started_s = used_s, started_s

    def run(self) -> None:
        """Take one sample after the other."""
        while not self.ended.wait(self._every_s):
            at_s, cpu_s = time.perf_counter() - self._started_s, cpu_used_s(self._pid)
            held = [(_held_bytes(each), inside) for each, inside in _tree(self._pid)]
            trusted_bytes = sum(size for size, inside in held if not inside)
            if trusted_bytes:  # else it has ended
                all_bytes = sum(size for size, _ in held)
                self.taken.append(Sample(at_s, cpu_s - self._used_s, all_bytes, trusted_bytes))
        self.cpu_s = time.thread_time()


def _start(run: Run) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        list(run.argv),
        cwd=run.folder,
        env=dict(run.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _finish(run: Run, process: subprocess.Popen[bytes], printed: bytes = b"") -> None:
    output, _ = process.communicate()
    deadline = time.monotonic() + _ORPHANS_END_WITHIN_S
    with suppress(ChildProcessError):  # there is no process left to wait for
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.002)
        raise RuntimeError("The command ended but left processes running: its cost is not known.")
    if process.returncode not in run.exit_statuses:
        tail = (printed + output).decode(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(run.argv)} ended with {process.returncode}:\n{tail}")


@contextmanager
def account() -> Iterator[None]:
    """Count the CPU of everything that is started from now on.

    That takes a cgroup of version 1, and root to make it. Elsewhere processes that lose their
    parent are adopted, so that at least their time is counted.
    """
    adopt_orphans()
    above = _cgroup()
    own = above / f"{_OWN}{os.getpid()}"
    try:
        own.mkdir()
        (own / "cgroup.procs").write_text(f"{os.getpid()}\n")
    except OSError:
        with suppress(OSError):
            own.rmdir()
        yield
        return
    try:
        yield
    finally:
        (above / "cgroup.procs").write_text(f"{os.getpid()}\n")
        own.rmdir()


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs (Linux only)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) was refused")


def has_account() -> bool:
    """Return whether all CPU is counted, also that of processes without a waiting parent."""
    return _cgroup().name.startswith(_OWN)


def cpu_used_s(*running: int) -> float:
    """Return the user and system time [s] used so far by everything but this process.

    Parameters
    ----------
    running : int
        Processes that have not ended. Without an account, they and their descendants are counted
        beside the processes that have ended, and no others.
    """
    if has_account():
        return int((_cgroup() / "cpuacct.usage").read_text()) / 1e9 - time.process_time()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s = ended.ru_utime + ended.ru_stime
    for process, _ in (pair for pid in running for pair in _tree(pid)):
        with suppress(psutil.Error):
            used_s += sum(process.cpu_times()[:4])  # its own, and that of children that ended
    return used_s


def _cgroup() -> Path:
    """Return this process's cgroup that counts CPU time; a path that is not there without one."""
    lines = (line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines())
    paths = (path for _, what, path in lines if "cpuacct" in what.split(","))
    return _CGROUPS / next(paths, "none").lstrip("/")


def _tree(pid: int) -> Iterator[tuple[psutil.Process, bool]]:
    """Yield a process and its descendants, each with whether it is inside a sandbox."""
    inside: set[int] = set()
    with suppress(psutil.Error):  # it has ended
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:  # parents come first
            with suppress(psutil.Error):
                if process.ppid() in inside or process.name() == "bwrap":
                    inside.add(process.pid)
                yield process, process.pid in inside


def _held_bytes(process: psutil.Process) -> int:
    """Return PSS, or RSS where the kernel does not show PSS; 0 when the process has ended."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except (psutil.Error, OSError):
        return 0
