"""Have a command grade on a Dask cluster of this machine, which is started and ended around it.

Usage: ``python -m benchmarks.batch.cluster FOLDER WORKERS COST.json COMMAND...``

The command is given ``--scheduler`` on top. What is written to ``COST.json`` is what the command
and the cluster used while it ran: neither the start of the cluster nor its end is counted, since a
cluster is there before, as a machine is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.accounting import cpu_used_s
from benchmarks.measuring import Cost, Run

_WITHIN_S = 60.0
_ENDS_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class OnCluster:
    """A grader whose work is done by a cluster.

    Attributes
    ----------
    folder : Path
        For what the cluster writes.
    workers : int
        Processes, with a thread each.
    """

    folder: Path
    workers: int

    @property
    def file(self) -> Path:
        """Where the cost of the last run is."""
        return self.folder / "cost.json"

    def wrap(self, run: Run) -> Run:
        """Return a run that has a cluster around it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        argv = [sys.executable, "-m", "benchmarks.batch.cluster"]
        argv += [str(self.folder), str(self.workers), str(self.file), *run.argv]
        # The workers' children are in folders of their own, and must find the same grader.
        found = {"PYTHONPATH": str(run.folder), "DASK_LOGGING__DISTRIBUTED": "error"}
        return Run(argv, run.folder, {**run.environment, **found})

    def cost(self) -> Cost:
        """Return what the last run cost."""
        return Cost(**json.loads(self.file.read_text(encoding="utf-8")))


@contextmanager
def _cluster(folder: Path, workers: int) -> Iterator[tuple[Path, Sequence[int]]]:
    """Start a scheduler and workers; yield the scheduler's file, and the processes' ids."""
    # Imported here: it starts threads, and whoever only wraps a command needs none of it.
    from distributed import Client

    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    processes = [_start("scheduler", file, "--host", "127.0.0.1", "--port", "0")]
    local = ("--no-nanny", "--nthreads", "1", "--local-directory", str(folder))
    try:
        _await_file(file)
        processes += [_start("worker", file, *local) for _ in range(workers)]
        with Client(scheduler_file=str(file), timeout=_WITHIN_S) as client:
            client.wait_for_workers(workers, timeout=_WITHIN_S)
        yield file, [process.pid for process in processes]
    finally:
        for process in reversed(processes):  # a worker takes leave of a scheduler that is there
            _end(process)


def _start(what: str, file: Path, *options: str) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard"]
    return subprocess.Popen([*argv, "--scheduler-file", str(file), *options])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_file(file: Path) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while not file.exists() or not file.read_text(encoding="utf-8").endswith("}"):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the Dask scheduler did not start within {_WITHIN_S:g} s")
        time.sleep(0.05)


def _main(folder: str, workers: str, cost: str, *command: str) -> int:
    with _cluster(Path(folder), int(workers)) as (file, pids):
        used_s, started = cpu_used_s(*pids), time.perf_counter()
        done = subprocess.run([*command, "--scheduler", str(file)], check=False)
        found = Cost(cpu_used_s(*pids) - used_s, time.perf_counter() - started)
    Path(cost).write_text(json.dumps(asdict(found)), encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
