"""What is told of a mutant that no check catches, after a few hundred calls of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.authoring.prove.equivalence import tell_apart
from grader.course import load_course
from grader.grading.preparation import PreparedExercise, prepare_course
from tests.course.tiny import COURSE, EXERCISE, REFERENCE, files, write

YAML = """\
id: two_heads
title: Any
unit: coins
points: POINTS
prompt: Any.
defines: [f, best]
checks:
  - {value: best, name: Best, points: 0.5}
  - function: f
    name: Any
    points: 0.5
    visible: true
    cases: [CASES]
"""


def told(folder: Path, cases: str, reference: str, mutant: str, points: int = 1) -> str:
    """Say how a mutant of f(x, n) differs; both are what a function returns."""
    head = "import numpy as np\nimport math\nbest = 1\n\n\ndef f(x, n=0):\n    return "
    texts = {
        COURSE: files()[COURSE],
        EXERCISE: YAML.replace("CASES", cases).replace("POINTS", str(points)),
        REFERENCE: head + reference + "\n",
    }
    preparation = prepare_course(load_course(write(folder, texts)))
    assert preparation.faults == ()
    ready: PreparedExercise = preparation.exercises[0]
    return tell_apart(ready, head + mutant + "\n", 1.0)


@pytest.mark.parametrize(
    ("cases", "reference", "mutant"),
    [
        ("{args: [0.5]}", "x * x", "x ** 2"),
        ("{args: [0.5, 3]}", "(x, n)", "tuple([x, n])"),
        ("{args: [[0.5, 1.5]]}", "sum(x)", "sum(list(x))"),
        ("{args: [[0.5, 1.5]]}", "math.log(x[0])", "math.log(x[0:1][0])"),
    ],
)
def test_the_same_answers_look_equivalent(tmp_path, cases, reference, mutant):
    text = told(tmp_path, cases, reference, mutant)
    assert text.startswith("looks equivalent: the same answers to ")
    assert text.endswith(" calls, bit for bit")


@pytest.mark.parametrize("measure", ["time", "memory"])
def test_what_a_call_costs_sets_no_two_programs_apart(tmp_path, measure):
    cost = f"""{{args: [[0.5]]}}]
  - cost: f
    name: Cost
    points: 1
    measure: {measure}
    at_most: 2
    over: {{m: [10, 100, 1000]}}
    given: {{x: {{uniform: [0, 1], shape: m}}}}
    args: [x"""
    text = told(tmp_path, cost, "float(np.sum(x))", "float(np.sum(x[:]))", points=2)
    assert text.startswith("looks equivalent: the same answers to ")


def test_answers_that_differ_by_rounding_are_told_as_such(tmp_path):
    text = told(tmp_path, "{args: [0.1]}", "x * 3", "x + x + x + 0.0")
    assert text.startswith("looks equivalent: the same answers to ")
    assert text.endswith(" of them to within 1e-9")


@pytest.mark.parametrize(
    ("cases", "reference", "mutant", "difference"),
    [
        ("{args: [3]}", "x if x > 0 else 0", "x", "is -"),
        ("{args: [0.5, 3]}", "n > 2", "n > 3", "is False, the reference is True"),
        ("{args: [[0.5, 1.5]]}", "len(x)", "2", "is 2, the reference is "),
        ("{args: ['head']}", "x", "None", "f('head') is None, the reference is 'head'"),
        ("{args: [4.0]}", "math.isqrt(int(x))", "int(x ** 0.5) if x > 0 else 0", "ValueError"),
        ("{args: [4.0]}", "x", "x if x else [0 for _ in iter(int, 1)]", "gives no answer"),
    ],
)
def test_an_input_that_sets_them_apart_is_named(tmp_path, cases, reference, mutant, difference):
    text = told(tmp_path, cases, reference, mutant)
    assert text.startswith("differs: f(")
    assert difference in text


def test_arrays_are_varied_too(tmp_path):
    cases = "{args: [[0.5, 1.5, 2.5, 3.5]]}]\n    forms: [array"
    for mutant in ("np.sum(x[:4])", "np.sum(np.abs(x))", "4.0 + np.sum(x[4:])", "np.sum(x[0:9:1])"):
        text = told(tmp_path, cases, "float(np.sum(x))", f"float({mutant})")
        assert text.startswith("looks equivalent" if "9" in mutant else "differs: f(array([")


def test_a_reference_that_takes_nothing_of_the_kind_is_not_asked(tmp_path):
    text = told(tmp_path, "{args: [a]}", "{'a': 1}[x]", "1")
    assert text == "looks equivalent: the same answers to 301 calls, bit for bit"


def test_without_calls_nothing_can_be_said(tmp_path):
    large = "[" + ", ".join(["0.5"] * 5001) + "]"
    text = told(tmp_path, f"{{args: [{large}]}}", "len(x)", "5001")
    assert text == "no call to compare"
