"""Who is compared: how each grades a classroom, and how its verdicts are read afterwards."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.classroom import Classroom
from benchmarks.measuring import Run

ConnectionLost = Mapping[str, Mapping[str, frozenset[str]]]
"""By student and exercise: the checks that took points."""

_ROOT = Path(__file__).resolve().parent.parent
_COMMAND = "from grader.cli import main; main()"
"""What the command ``grader`` runs, taken from this checkout wherever another is installed."""


class Subject(Protocol):
    """A grader with a classroom to grade."""

    name: str

    def reset(self) -> None:
        """Undo what the last run left; not timed."""

    def run(self) -> Run:
        """Return the command that grades the whole classroom, one notebook at a time."""

    def lost(self) -> ConnectionLost:
        """Read what the last run found."""


class Ours:
    """Our own grader, as its command line runs it."""

    name = "ours"

    def __init__(
        self,
        course: Path,
        classroom: Classroom,
        folder: Path,
        isolation: str,
        options: Sequence[str] = ("--jobs", "1"),
    ) -> None:
        self._course, self._classroom, self._isolation = course, classroom, isolation
        self._out = folder / "ours"
        self._options = options

    @property
    def gradebook(self) -> Path:
        """Where the last run kept what it found."""
        return self._out / "gradebook.db"

    def reset(self) -> None:
        """Forget the last run's results."""
        shutil.rmtree(self._out, ignore_errors=True)

    def run(self) -> Run:
        """Return ``grader grade``."""
        argv = [sys.executable, "-c", _COMMAND, "grade", str(self._classroom.folder)]
        argv += self._options
        argv += ["--course", str(self._course), "--out", str(self._out)]
        argv += ["--isolation", self._isolation]
        return Run(argv, _ROOT, clean_environment())

    def lost(self) -> ConnectionLost:
        """Read ``results.json``."""
        results = json.loads((self._out / "results.json").read_text(encoding="utf-8"))
        return {
            submission["student"]: {
                exercise["id"]: frozenset(
                    check["name"] for check in exercise["checks"] if check["status"] != "pass"
                )
                for exercise in submission["exercises"]
            }
            for submission in results["submissions"]
        }


class Floor:
    """A fork from a warm process with no isolation: the least that grading can cost."""

    name = "floor"

    def __init__(self, course: Path, classroom: Classroom, folder: Path) -> None:
        self._course, self._classroom = course, classroom
        self._out = folder / "floor.json"

    def reset(self) -> None:
        """Forget the last run's results."""
        self._out.unlink(missing_ok=True)

    def run(self) -> Run:
        """Return the command of `benchmarks.floor`."""
        argv = [sys.executable, "-m", "benchmarks.floor"]
        argv += [str(self._classroom.folder), str(self._course), str(self._out)]
        return Run(argv, _ROOT, clean_environment())

    def lost(self) -> ConnectionLost:
        """Read what the forks found."""
        found = json.loads(self._out.read_text(encoding="utf-8"))
        return {
            student: {exercise: frozenset(names) for exercise, names in exercises.items()}
            for student, exercises in found.items()
        }


def clean_environment(**more: str) -> dict[str, str]:
    """Return the same small environment for every subject: numpy on one thread, no prompts."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return kept | threads | more
