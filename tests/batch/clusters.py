"""A Dask cluster on this machine: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coverage import Coverage

from tests.faults.classes import wait_for

ROOT = Path(__file__).parents[2]
QUIET = {
    "PYTHONPATH": str(ROOT),  # so that workers and their children find the stand-ins
    "PYTHONWARNINGS": "",
    "DASK_LOGGING__DISTRIBUTED": "error",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
    # Dask looks at itself every 10 and 20 ms otherwise.
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
}
WITHOUT_GRADER = "import sys; sys.modules['grader'] = None; "
OTHER_DASK = (
    "import distributed.versions as told; "
    "told.get_package_info = lambda packages: dict.fromkeys(packages, '1.0'); "
)


def surroundings() -> dict[str, str]:
    """Return what each process has in its environment; coverage follows it if it is here."""
    if Coverage.current() is None:
        return QUIET
    measured = {"COVERAGE_PROCESS_START": "pyproject.toml", "COVERAGE_FILE": ".coverage"}
    return QUIET | {name: str(ROOT / file) for name, file in measured.items()}


@dataclass
class Cluster:
    """A scheduler, and the workers that were added."""

    folder: Path
    measured: bool = True
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "scheduler.json"

    @classmethod
    @contextlib.contextmanager
    def start(cls, folder: Path, *, measured: bool = True) -> Iterator[Cluster]:
        folder.mkdir()
        cluster = cls(folder, measured)
        try:
            cluster.run("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
            wait_for(lambda: cluster.file.exists() and cluster.file.read_text().endswith("}"))
            yield cluster
        finally:
            for process in reversed(cluster.processes):
                process.terminate()
            for process in cluster.processes:
                _end(process)

    def worker(self, *options: str, before: str = "") -> subprocess.Popen[bytes]:
        """Add a worker with one thread; it need not be there yet."""
        options = options or ("--no-nanny",)
        local = ("--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder))
        return self.run("worker", *local, *options, before=before)

    def run(self, what: str, *options: str, before: str = "") -> subprocess.Popen[bytes]:
        program = f"{before}from distributed.cli.dask_{what} import main; main()"
        command = [sys.executable, "-c", program, "--scheduler-file", str(self.file), *options]
        with (self.folder / f"{what}{len(self.processes)}.log").open("wb") as log:
            # Nothing of ours runs in a scheduler.
            given = surroundings() if self.measured and what == "worker" else QUIET
            process = subprocess.Popen(command, stderr=log, env=os.environ | given, cwd=self.folder)
        self.processes.append(process)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=3)
    except subprocess.TimeoutExpired:  # a worker may wait for a scheduler that went before it
        process.kill()
        process.wait()


def in_a_process(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a module of the tests, because Dask's threads should not be where others fork."""
    command: Sequence[str] = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | surroundings(),
        cwd=ROOT,
    )
