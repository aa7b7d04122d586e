"""A small class that is graded by ``grader grade`` in a process of its own, to be done harm to."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.gradebook.database.book import open_gradebook
from grader.gradebook.dump import canonical_lines
from grader.gradebook.verify import faults
from tests.course import tiny
from tests.notebooks import notebook_bytes

GRADER = Path(sys.executable).with_name("grader")
ANSWERS = ("return p * p", "return p", "return p ** 2", "return 2 * p", "raise ValueError(p)")


@dataclass
class Class:
    """A course, its submissions, and the command that grades them into a gradebook."""

    folder: Path
    size: int
    options: tuple[str, ...] = ("--isolation", "none", "--jobs", "2")
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, size: int) -> Class:
        tiny.write(folder / "course", tiny.files())
        work = folder / "work"
        work.mkdir()
        for number in range(size):
            (work / f"student{number:04}.ipynb").write_bytes(cls.notebook(number))
        (work / "nothing.ipynb").write_bytes(b"")
        (work / "twin.ipynb").write_bytes(cls.notebook(0))
        return cls(folder, size + 2)

    @staticmethod
    def notebook(number: int) -> bytes:
        answer = ANSWERS[number % len(ANSWERS)]
        # Each takes its time, so that there is a middle of a run for a fault to come in.
        wait = "import time\ntime.sleep(0.1)"
        return notebook_bytes(
            [
                f"number = {number}\n{wait}",
                f"def two_heads(p):\n    {answer}",
                "1 / (number % 3)",
            ]
        )

    @property
    def surroundings(self) -> dict[str, str]:
        """What the command has in its environment."""
        return os.environ | self.environment

    def start(
        self, address: str, out: str = "out", *, before: Sequence[object] = (), **options: object
    ) -> subprocess.Popen[str]:
        """Start grading, as what the words `before` start."""
        command = [
            *before, GRADER, "grade", self.folder / "work", "--course", self.folder / "course",
            "--gradebook", address, "--out", self.folder / out, *self.options,
        ]  # fmt: skip
        return subprocess.Popen(
            list(map(str, command)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.surroundings,
            **options,  # type: ignore[call-overload]
        )

    def grade(self, address: str, out: str = "out", **options: object) -> str:
        """Grade to the end, and return what was printed."""
        process = self.start(address, out, **options)
        said, complained = process.communicate(timeout=300)
        assert process.returncode == 3, complained  # one submission cannot be read
        assert f"{self.size} submissions" in said
        assert f"{self.size - 1} graded, 1 unreadable" in said, said
        return said

    def undisturbed(self, address: str) -> list[str]:
        """Return what a gradebook holds that nothing happened to."""
        self.grade(address, "undisturbed")
        return contents(address)


def contents(address: str) -> list[str]:
    """Return what a gradebook holds, once it is found to be sound."""
    with open_gradebook(address) as book:
        assert book.read(lambda c: list(faults(c))) == []
        return book.read(lambda c: list(canonical_lines(c)))


def count_grades(address: str) -> int:
    """Return how many grades are stored."""
    return sum(json.loads(line)["table"] == "grades" for line in contents(address))


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kill a run with SIGKILL; return whether it was still there."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    finally:
        if process.stdout:
            process.stdout.close()
        if process.stderr:
            process.stderr.close()
    return False


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(each) for each in text.split()]


def wait_for(condition, seconds: float = 60.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def wait_for_work(process):
    """Wait until the workers are there, so that a fault does not only hit the start."""
    wait_for(lambda: process.poll() is not None or len(children(process.pid)) >= 2)


def wait_for_results(process, count=6):
    """Wait until some results are told."""
    for _ in range(count):
        assert process.stdout.readline()


def moments(count: int, longest: float, seed: int) -> list[float]:
    """Return random times [s], the same ones every time."""
    chance = random.Random(seed)
    return [chance.uniform(0, longest) for _ in range(count)]
