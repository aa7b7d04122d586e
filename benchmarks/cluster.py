"""Have a command grade on a Dask cluster of this machine, which is started and ended around it.

Usage: ``python -m benchmarks.cluster FOLDER WORKERS COMMAND...``

The command gets ``--scheduler`` on top. ``FOLDER/cost.json`` then holds what the command and the
cluster used while it ran: a cluster is there before, so that its start and end are not counted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks.measuring import Cost, Run, cpu_used_s, measure

_WITHIN_S = 60.0
_ENDS_WITHIN_S = 10.0


def measure_on(run: Run, folder: Path, workers: int) -> Cost:
    """Run a command whose work a cluster does: processes with a thread each."""
    folder.mkdir(exist_ok=True)
    argv = [sys.executable, "-m", "benchmarks.cluster", str(folder), str(workers), *run.argv]
    # The workers' children are in folders of their own, and must find the same grader.
    more = {"PYTHONPATH": str(run.folder), "DASK_LOGGING__DISTRIBUTED": "error"}
    measure(Run(argv, run.folder, {**run.environment, **more}))
    return Cost(**json.loads((folder / "cost.json").read_text(encoding="utf-8")))


@contextmanager
def _cluster(folder: Path, workers: int) -> Iterator[tuple[Path, Sequence[int]]]:
    """Start a scheduler and workers; yield the scheduler's file, and the processes' ids."""
    from distributed import Client  # starts threads, which the process that measures must not have

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
            process.terminate()
            try:
                process.wait(timeout=_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(what: str, file: Path, *options: str) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard"]
    return subprocess.Popen([*argv, "--scheduler-file", str(file), *options])


def _await_file(file: Path) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while not file.exists() or not file.read_text(encoding="utf-8").endswith("}"):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the Dask scheduler did not start within {_WITHIN_S:g} s")
        time.sleep(0.05)


def _main(folder: str, workers: str, *command: str) -> int:
    with _cluster(Path(folder), int(workers)) as (file, pids):
        used_s, started_s = cpu_used_s(*pids), time.perf_counter()
        done = subprocess.run([*command, "--scheduler", str(file)], check=False)
        cost = Cost(cpu_used_s(*pids) - used_s, time.perf_counter() - started_s)
    Path(folder, "cost.json").write_text(json.dumps(asdict(cost)), encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
