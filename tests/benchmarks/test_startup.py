"""What one start costs; what is measured is never asserted."""

import json

import pytest

from benchmarks.measuring import Cost
from benchmarks.startup import Start, as_records
from tests.benchmarks.commands import run_benchmarks


@pytest.mark.soak
@pytest.mark.strong
def test_starts_are_measured_and_their_marks_are_right():
    done = run_benchmarks("startup", "--rounds", "1", "--json")
    assert done.returncode == 0, done.stderr
    commands = json.loads(done.stdout)["startup"]["1"]["commands"]
    names = {of["command"] for of in commands}
    assert {"grader --help", "grader check, 1 exercise, warm"} <= names
    assert "grader grade, 22 exercises, cold" in names
    assert all(of["cpu_s"] > 0 for of in commands)


def test_starts_are_medians_and_ratios_to_the_first_command():
    starts = [Start(command, 5, lambda: Cost(0, 0)) for command in ("numpy", "grade")]
    costs = {"numpy": [Cost(0.2, 0.1)], "grade": [Cost(1, 1), Cost(0.4, 0.3), Cost(0.2, 0.2)]}
    _, record = as_records(starts, costs)
    assert (record["cpu_s"], record["wall_s"], record["goal"]) == (0.4, 0.3, 5)
    assert record["cpu_to_numpy"] == pytest.approx(2)
    assert record["wall_to_numpy"] == pytest.approx(3)
