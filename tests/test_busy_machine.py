"""Grades and proofs beside busy processes are those of a quiet machine, to the letter.

The short form grades a few samples and proves one exercise beside processes that never pause;
`make soak` grades all samples twice and proves the whole course beside twenty.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.clocks import spinning
from tests.test_samples import (
    GRADER,
    MANIFEST,
    ROOT,
    SUBMISSIONS,
    by_student,
    found,
    grade,
    stated,
    without_times,
)

pytestmark = pytest.mark.strong

# Right answers that take long, one that never ends in each place, and a named mistake.
FEW = ("right-plain-python", "endless-loop-in-a-function", "mistake-nll-mean-not-sum")
EXERCISES = ("stable_nll", "product_to_log_sum", "shot_errors")


def proof(*exercises: str) -> Mapping[str, Any]:
    """Return what ``grader prove --json`` says, without what differs from run to run."""
    command = [GRADER, "prove", *exercises, "--json", "--jobs", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return without_seconds(json.loads(done.stdout))


def without_seconds(found: Any) -> Any:
    if isinstance(found, dict):
        return {
            key: without_seconds(value)
            for key, value in found.items()
            if not key.endswith("seconds") and not key.endswith("_ms") and key != "cpu_s"
        }
    return [without_seconds(each) for each in found] if isinstance(found, list) else found


def test_a_few_samples_are_graded_alike_beside_busy_processes(tmp_path: Path) -> None:
    chosen = [each for name in EXERCISES for each in ("--exercise", name)]
    names = [*(str(SUBMISSIONS / f"{name}.ipynb") for name in FEW), *chosen]
    quiet = grade(tmp_path / "quiet", *names)
    with spinning(6):
        crowded = grade(tmp_path / "busy", *names)
    assert [*map(without_times, crowded["submissions"])] == [
        *map(without_times, quiet["submissions"])
    ]
    for result in crowded["submissions"]:
        scores = MANIFEST[result["student"]]["scores"]
        assert {each["id"]: each["score"] for each in result["exercises"]} == {
            name: scores[name] for name in EXERCISES
        }


def test_an_exercise_is_proven_beside_busy_processes() -> None:
    with spinning(4):
        assert proof("cross_entropy_decomposition")["holds"]


@pytest.mark.soak
def test_all_samples_are_graded_alike_beside_twenty_busy_processes(tmp_path: Path) -> None:
    quiet = by_student(grade(tmp_path / "quiet", str(SUBMISSIONS)))
    for number in range(2):
        with spinning(20):
            crowded = by_student(grade(tmp_path / str(number), str(SUBMISSIONS)))
        differing = [
            name for name in quiet if without_times(crowded[name]) != without_times(quiet[name])
        ]
        assert differing == []
    assert {name: found(result) for name, result in quiet.items()} == {
        name: stated(entry) for name, entry in MANIFEST.items()
    }


@pytest.mark.soak
def test_the_whole_course_is_proven_beside_twenty_busy_processes() -> None:
    quiet = proof()
    with spinning(20):
        assert proof() == quiet
