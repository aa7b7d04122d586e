"""Grades and proofs beside busy processes are those of a quiet machine, to the letter.

The short form grades a few samples and proves one exercise beside processes that never pause;
`make soak` grades all samples twice and proves the whole course beside twenty.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
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
    command = [GRADER, "prove", *exercises, "--json", "--jobs", "6"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return without_seconds(json.loads(done.stdout))


def without_seconds(found: Any) -> Any:
    if isinstance(found, dict):
        return {
            key: without_seconds(value)
            for key, value in found.items()
            if not key.endswith(("seconds", "cpu_s", "wall_s"))
        }
    return [without_seconds(each) for each in found] if isinstance(found, list) else found


def differences(quiet: Mapping[str, Any], crowded: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what differs between the results of the same students, times aside."""
    found = {}
    for student in quiet.keys() | crowded.keys():
        one, other = (dict(leaves_of(without_times(each[student]))) for each in (quiet, crowded))
        for place in one.keys() | other.keys():
            pair = one.get(place, "absent"), other.get(place, "absent")
            if pair[0] != pair[1]:
                found[f"{student}{place}"] = pair
    return found


def leaves_of(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from leaves_of(each, f"{place}.{key}")
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from leaves_of(each, f"{place}[{index}]")
    else:
        yield place, value


@pytest.fixture
def hasty_course(tmp_path: Path) -> Path:
    """Return the course with shorter limits, so that an endless loop is soon over."""
    for folder in ("exercises", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / "course" / folder)
    settings = tmp_path / "course" / "exercises" / "course.yaml"
    text = settings.read_text(encoding="utf-8")
    shorter = text.replace("call_s: 3", "call_s: 2").replace("exercise_s: 6", "exercise_s: 3")
    assert shorter != text
    settings.write_text(shorter, encoding="utf-8")
    return tmp_path / "course"


def test_a_few_samples_are_graded_alike_beside_busy_processes(
    tmp_path: Path, hasty_course: Path
) -> None:
    chosen = [each for name in EXERCISES for each in ("--exercise", name)]
    names = [*(str(SUBMISSIONS / f"{name}.ipynb") for name in FEW), *chosen]
    quiet = by_student(grade(tmp_path / "quiet", *names, course=hasty_course))
    with spinning(3):
        crowded = by_student(grade(tmp_path / "busy", *names, course=hasty_course))
    assert [*crowded] == [*quiet]
    assert differences(quiet, crowded) == {}
    for result in crowded.values():
        scores = MANIFEST[result["student"]]["scores"]
        assert {each["id"]: each["score"] for each in result["exercises"]} == {
            name: scores[name] for name in EXERCISES
        }


def test_an_exercise_is_proven_beside_busy_processes() -> None:
    with spinning(3):
        assert proof("shot_errors")["holds"]


@pytest.mark.soak
def test_all_samples_are_graded_alike_beside_twenty_busy_processes(tmp_path: Path) -> None:
    quiet = by_student(grade(tmp_path / "quiet", str(SUBMISSIONS)))
    for number in range(2):
        with spinning(20):
            crowded = by_student(grade(tmp_path / str(number), str(SUBMISSIONS)))
        assert differences(quiet, crowded) == {}
    assert {name: found(result) for name, result in quiet.items()} == {
        name: stated(entry) for name, entry in MANIFEST.items()
    }


@pytest.mark.soak
def test_the_whole_course_is_proven_beside_twenty_busy_processes() -> None:
    quiet = dict(leaves_of(proof()))
    with spinning(20):
        crowded = dict(leaves_of(proof()))
    assert crowded == quiet
