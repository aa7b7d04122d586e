"""What a command cost: CPU of its whole tree of processes, wall time, and peak memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accounting import cpu_used_s
from benchmarks.processes import held_bytes, tree

_ORPHANS_END_WITHIN_S = 20.0
_SAMPLE_EVERY_S = 0.005


@dataclass(frozen=True, slots=True)
class Cost:
    """Time that a command took.

    Attributes
    ----------
    cpu_s : float
        User and system time [s] of the command and of every process that came of it.
    wall_s : float
        Time [s] from its start to the end of its last process.
    """

    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Memory:
    """The most memory that a command held at any moment, as far as sampling saw it.

    Each process counts with its share of the pages that it shares (PSS), so that a fork does not
    count twice.

    Attributes
    ----------
    peak_bytes : int
        Of all its processes together.
    trusted_bytes : int
        Of those outside any bubblewrap sandbox.
    late_trusted_bytes : int
        Of the same in the last quarter of the run, where what was held at the start cannot hide
        a leak.
    """

    peak_bytes: int
    trusted_bytes: int
    late_trusted_bytes: int


@dataclass(frozen=True, slots=True)
class Run:
    """A command, where it runs, and what it may fail with."""

    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    exit_statuses: tuple[int, ...] = (0,)


def measure(run: Run) -> Cost:
    """Run a command to its end, and that of all it started, and say what it cost."""
    before, started = cpu_used_s(), time.perf_counter()
    finish(run, start(run))
    return Cost(cpu_used_s() - before, time.perf_counter() - started)


def measure_memory(run: Run) -> Memory:
    """Run a command as `measure` does, and sample its memory; too intrusive to time as well."""
    running = start(run)
    samples: list[tuple[int, int]] = []
    ended = threading.Event()
    sampler = threading.Thread(target=_sample_until, args=(running.pid, ended, samples))
    sampler.start()
    try:
        finish(run, running)
    finally:
        ended.set()
        sampler.join()
    trusted = [sample[1] for sample in samples] or [0]
    return Memory(
        max((sample[0] for sample in samples), default=0),
        max(trusted),
        max(trusted[-max(1, len(trusted) // 4) :]),
    )


def start(run: Run) -> subprocess.Popen[bytes]:
    """Start a command, with all that it says in one pipe."""
    return subprocess.Popen(
        list(run.argv),
        cwd=run.folder,
        env=dict(run.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(run: Run, running: subprocess.Popen[bytes], said: bytes = b"") -> None:
    """Wait for the end of a command and of all that came of it.

    Raises
    ------
    RuntimeError
        It ended as it should not; the message quotes the end of what it said, `said` included.
    """
    output, _ = running.communicate()
    _reap_orphans()
    if running.returncode not in run.exit_statuses:
        tail = (said + output).decode(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(run.argv)} ended with {running.returncode}:\n{tail}")


def _reap_orphans() -> None:
    deadline = time.monotonic() + _ORPHANS_END_WITHIN_S
    while time.monotonic() < deadline:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            time.sleep(0.002)
    raise RuntimeError("The command ended but left processes running, so its cost is not known.")


def _sample_until(root: int, ended: threading.Event, samples: list[tuple[int, int]]) -> None:
    while not ended.wait(_SAMPLE_EVERY_S):
        samples.append(_sample(root))


def _sample(root: int) -> tuple[int, int]:
    """Return what all processes hold, and what those outside a sandbox hold, in bytes."""
    peak = trusted = 0
    for pid, in_sandbox in tree(root):
        held = held_bytes(pid)
        peak += held
        trusted += 0 if in_sandbox else held
    return peak, trusted
