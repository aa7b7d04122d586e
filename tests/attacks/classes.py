"""A class that is graded by the command itself, to see what reaches a person or a file."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Graded:
    """What a run of `grader grade` left.

    Attributes
    ----------
    status : int
        Exit status.
    shown : str
        What a terminal would have got.
    results : str
        ``results.json`` as it stands.
    grades : str
        ``grades.csv`` as it stands.
    """

    status: int
    shown: str
    results: str
    grades: str

    @property
    def by_student(self) -> dict[str, Any]:
        """The submissions, by student."""
        return {each["student"]: each for each in json.loads(self.results)["submissions"]}

    @property
    def rows(self) -> list[list[str]]:
        """The rows of the gradebook."""
        return list(csv.reader(self.grades.splitlines()))


def run_grader(*words: str | Path) -> tuple[int, str]:
    """Call the command in a process of its own; return its exit status and what it printed."""
    start = [sys.executable, "-c", "from grader.cli import main; main()"]
    done = subprocess.run([*start, *map(str, words)], capture_output=True, cwd=ROOT, timeout=120)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.returncode, (done.stdout + done.stderr).decode("utf-8")


def grade_class(folder: Path, out: Path, *options: str) -> Graded:
    """Grade one exercise of everything in a folder."""
    status, shown = run_grader(
        *("grade", folder, "--out", out, "--jobs", "1", "--exercise", "kl_asymmetry"), *options
    )
    return Graded(
        status=status,
        shown=shown,
        results=(out / "results.json").read_text(encoding="utf-8"),
        grades=(out / "grades.csv").read_text(encoding="utf-8"),
    )
