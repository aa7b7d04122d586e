"""Own time: how long processes ran or slept, without the time they waited for a processor.

A wall-clock limit would be reached earlier on a busy machine. For every thread Linux reports how
long it ran, and how long it was ready but had to wait (``/proc/PID/task/TID/schedstat``). The waits
are subtracted.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

NS = 1e-9
FRESH_S = 0.05
"""How long a sample is used; taking one costs about 30 microseconds per thread."""

UNSURE_S = 0.002
"""Up to this much may turn out to have been a wait before threads are checked [s]."""

AT_ONCE = 4
"""How many processes may run at once before their total time counts."""


class ThreadTimes(NamedTuple):
    """Running and waiting time of a thread since its start [s]."""

    ran_s: float
    waited_s: float


Threads: TypeAlias = Mapping[tuple[int, int], ThreadTimes]


class OwnTime:
    """Measures the own time of processes since this clock was created.

    Between two samples it grows by the wall-clock time minus the time that threads waited for a
    processor, but at least by the processor time of the busiest thread, and by a quarter of that of
    all threads. So a process that waits for its child is not charged for the child's waits,
    parallel work costs what it would cost with enough processors, and children that spin while
    their parent sleeps use up its time. It never grows faster than wall-clock time. The kernel
    reports a wait only after it has ended: time counted while a thread was ready to run is
    subtracted once it turns out to have been a wait.

    Where waits are unknown (macOS, some containers), only the processor time of this process
    counts; a wall-clock limit must then stop code that sleeps.

    Parameters
    ----------
    members : callable
        Returns the ids of the processes to measure, with all their threads.
    fresh : bool
        Whether the processes have just started, so that all their time counts.
    descends : bool
        Whether their descendants count too.

    Attributes
    ----------
    ran_s : float
        Total processor time of all threads, as of the last sample [s].
    waited_s : float
        Total time subtracted from wall-clock time [s].
    """

    def __init__(
        self, members: Callable[[], Iterable[int]], *, fresh: bool = False, descends: bool = True
    ) -> None:
        self._descends = descends
        self.ran_s = self.waited_s = 0.0
        self._members = members
        self._known = waits_are_known()
        self._own_s = self._unsure_s = 0.0
        self._sampled = time.monotonic()
        self._processor_s = time.process_time()
        self._tasks: Threads = self._read(()) if fresh or not self._known else self._read(members())

    def now(self) -> float:
        """Return the own time [s]; up to 50 ms since the last sample count as wall-clock time."""
        since_s = time.monotonic() - self._sampled
        if self._known and since_s <= FRESH_S:
            return self._own_s + since_s
        return self.sample()

    def sample(self) -> float:
        """Take a sample and return the own time [s]."""
        now = time.monotonic()
        interval_s, self._sampled = now - self._sampled, now
        if self._known:
            self._add(interval_s)
        elif os.getpid() in self._members():
            before_s, self._processor_s = self._processor_s, time.process_time()
            self.ran_s += self._processor_s - before_s
            self._own_s = self.ran_s
        return self._own_s

    def processor_s(self) -> float:
        """Return the processor time so far, including processes that have ended [s]."""
        self.sample()
        processes = {process for process, _ in self._tasks} - {_ASKING[0]}
        return self.ran_s + sum(map(_of_ended_children, processes))

    def _add(self, interval_s: float) -> None:
        before, self._tasks = self._tasks, self._read(self._members())
        had = [_grown(task, before.get(key)) for key, task in self._tasks.items()]
        waited_s = sum(task.waited_s for task in had)
        # The asking thread's waits count: the answer may be ready while it waits to read it.
        had = [task for task, key in zip(had, self._tasks, strict=True) if key != _ASKING]
        ran_s = sum(task.ran_s for task in had)
        most_s = max((task.ran_s for task in had), default=0.0)
        least_s = min(max(most_s, ran_s / AT_ONCE), interval_s)
        own_s = max(interval_s - waited_s, least_s)
        # A wait longer than this interval began before it, where it was counted as own time.
        before_s = min(max(least_s + waited_s - interval_s, 0.0), self._unsure_s)
        self._unsure_s += own_s - least_s - before_s
        if self._unsure_s > UNSURE_S and not any(map(is_ready, map(_folder, self._tasks))):
            self._unsure_s = 0.0
        self.ran_s += ran_s
        self.waited_s += interval_s - own_s + before_s
        self._own_s += own_s - before_s

    def _read(self, members: Iterable[int]) -> Threads:
        tasks: dict[tuple[int, int], ThreadTimes] = {}
        pending = list(members)
        while pending:
            process = pending.pop()
            for thread, folder in threads_of(process):
                task = read_thread(folder)
                if task is not None:
                    tasks[process, thread] = task
                if self._descends:
                    pending += map(int, _contents(f"{folder}/children").split())
        asking = read_thread("/proc/thread-self")
        if asking is not None and (os.getpid(), threading.get_native_id()) not in tasks:
            tasks[_ASKING] = asking
        return tasks


_ASKING = (0, 0)


def waits_are_known() -> bool:
    """Return whether this system reports how long threads wait for a processor."""
    return read_thread("/proc/thread-self") is not None


def itself() -> tuple[int]:
    """Return the id of this process."""
    return (os.getpid(),)


def children_in_session(parent: int, leader: int) -> Iterator[int]:
    """Yield the children of a process that belong to another process's session (`setsid`)."""
    for child in children(parent):
        fields = _fields(f"/proc/{child}")
        if child != leader and len(fields) > 3 and int(fields[3]) == leader:
            yield child


def _of_ended_children(process: int) -> float:
    """Return the processor time of child processes that have ended [s]."""
    return sum(map(int, _fields(f"/proc/{process}")[13:15])) / os.sysconf("SC_CLK_TCK")


def with_processor_time(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result of a call, and its processor time in this process [s].

    A hostile call could understate it.
    """
    started_s = time.process_time()
    value = call()
    return value, time.process_time() - started_s


def threads_of(process: int) -> Iterator[tuple[int, str]]:
    """Yield the ids of a process's threads, each with its folder; none if it has ended."""
    for thread in _numbers(f"/proc/{process}/task"):
        yield thread, _folder((process, thread))


def children(parent: int) -> list[int]:
    """Return the ids of the child processes of all threads of a process."""
    lists = (_contents(f"{folder}/children") for _, folder in threads_of(parent))
    return [int(number) for each in lists for number in each.split()]


def _grown(task: ThreadTimes, before: ThreadTimes | None) -> ThreadTimes:
    """Return a thread's times since an earlier sample; all of them if it is a new thread."""
    if before is None or task.ran_s < before.ran_s or task.waited_s < before.waited_s:
        return task
    return ThreadTimes(task.ran_s - before.ran_s, task.waited_s - before.waited_s)


def read_thread(folder: str) -> ThreadTimes | None:
    """Return the times of the thread of a folder; None if it has ended or they are unknown."""
    ran, waited, times = ([*_contents(f"{folder}/schedstat").split(), b"0", b"0", b"0"])[:3]
    # A kernel without schedstat shows three zeros; a thread that reads this has run.
    return ThreadTimes(int(ran) * NS, int(waited) * NS) if int(times) else None


def _folder(task: tuple[int, int]) -> str:
    process, thread = task
    return f"/proc/{process}/task/{thread}"


def is_ready(folder: str) -> bool:
    """Return whether the thread of a folder runs or is ready to run."""
    return _fields(folder)[:1] == [b"R"]


def _fields(folder: str) -> list[bytes]:
    # The name in brackets may contain anything; after it come state, parent, group, session.
    return _contents(f"{folder}/stat").rpartition(b")")[2].split()


def _numbers(folder: str) -> list[int]:
    try:
        return [int(name) for name in os.listdir(folder) if name.isdigit()]  # noqa: PTH208
    except OSError:
        return []


def _contents(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # ended in the meantime
        return b""
    finally:
        os.close(descriptor)
