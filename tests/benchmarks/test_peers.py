"""Graders compared, over two notebooks; what is measured is never asserted."""

import json

import pytest

from benchmarks.measuring import Cost
from benchmarks.peers import summarise
from grader.course import load_course
from tests.benchmarks.commands import ROOT, run_benchmarks

TINY = ("--sizes", "2", "--rounds", "1")


def test_the_floor_gives_the_right_marks_and_is_measured(tmp_path):
    file = tmp_path / "results.json"
    done = run_benchmarks(*TINY, "--graders", "floor", "--json", "--results", str(file))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert json.loads(file.read_text()) == found
    floor = found["peers"]["2"]["graders"]["floor"]
    assert floor["cpu_s"] > 0
    assert floor["memory"]["peak_bytes"] > 0
    assert floor["cpu_to_floor"] == [1.0, 1.0, 1.0]


@pytest.mark.soak
def test_the_floor_gives_the_right_marks_for_the_whole_course():
    done = run_benchmarks(*TINY, "--exercises", "all", "--graders", "floor", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["peers"]["2"]["exercises"] == len(load_course(ROOT).exercises)


@pytest.mark.strong
def test_our_grader_gives_the_same_marks_as_the_floor():
    done = run_benchmarks(*TINY)
    assert done.returncode == 0, done.stderr
    assert "| 2 | grader |" in done.stdout
    assert "| 2 | floor |" in done.stdout


def test_figures_are_medians_and_what_each_more_submission_adds():
    costs = {1: [Cost(1, 2)], 11: [Cost(3, 9), Cost(2, 4), Cost(1, 3)], 22: [Cost(3.1, 5.1)]}
    figures = summarise(costs)
    assert figures["cpu_s"] == pytest.approx(2 / 11)
    assert figures["further_cpu_s"] == pytest.approx(0.1)
    assert figures["next_wall_s"] == pytest.approx(0.1)
    assert figures["first_cpu_s"] == 1
