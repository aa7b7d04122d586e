"""What a whole course makes of answers that are right in another style, from file to points."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from grader.checks.students.local import LocalStudent
from grader.course import load_course
from grader.grading.judge_exercise import grade_exercise
from grader.grading.preparation import prepare_course
from tests.course.tiny import COURSE, write

EXERCISES = {
    "centred": (
        """
defines: [shifted, total]
checks:
  - value: shifted
    name: Shifted
    points: 1
    visible: true
  - function: total
    name: Total
    points: 1
    visible: true
    cases: [{args: []}]
""",
        """
import numpy as np
def centre(x):
    return x - np.mean(x)
def total():
    return float(np.sin(np.pi))
shifted = centre(np.array([0.1, 0.2, 0.3]))
""",
    ),
    "scaled": (
        """
builds_on: [centred]
defines: [scale]
shape: squeeze
checks:
  - function: scale
    name: Scale
    points: 2
    visible: true
    cases: [{args: [2.0]}]
""",
        """
def scale(factor):
    return factor * (shifted + total())
""",
    ),
    "words": (
        """
defines: [vowels, predict]
checks:
  - function: vowels
    name: Vowels
    points: 1
    visible: true
    cases: [{args: [banana split], expected: [a, i]}]
  - function: predict
    name: Predict
    points: 1
    visible: true
    cases: [{args: [[0.1, 0.9]], expected: [false, true]}]
""",
        """
def vowels(text):
    return sorted(set(text) & set("aeiou"))
def predict(p):
    return [each > 0.5 for each in p]
""",
    ),
}


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    listed = ", ".join(EXERCISES)
    files = {COURSE: f"title: T\nunits:\n  - {{id: u, title: U, exercises: [{listed}]}}\n"}
    for name, (keys, program) in EXERCISES.items():
        head = f"id: {name}\ntitle: T\nunit: u\npoints: 2\nprompt: P\n"
        files[f"exercises/u/{name}.yaml"] = head + keys.lstrip()
        files[f"solutions/u/{name}/reference.py"] = program
    course = load_course(write(tmp_path_factory.mktemp("course"), files))
    preparation = prepare_course(course, seed=3)
    assert preparation.faults == ()
    return {each.exercise.id: each for each in preparation.exercises}


def graded(ready, name, answers):
    return grade_exercise(ready[name], LocalStudent(answers))


def test_an_exact_zero_is_right_where_the_reference_has_rounding_noise(ready):
    right = {"shifted": [-0.1, 0, 0.1], "total": lambda: 0.0}
    assert graded(ready, "centred", right).score == 2
    wrong = graded(ready, "centred", {"shifted": [-0.1, 1e-9, 0.1], "total": lambda: 1e-12})
    assert wrong.score == 0
    assert [check.message for check in wrong.checks] == [
        (
            "`shifted` differs at 1 of 3 places: at [1]: expected 0 up to rounding, got 1e-09 "
            "(off by 1e-09)."
        ),
        "total() is 1e-12, expected 0 up to rounding (off by 1e-12).",
    ]


def test_noise_of_earlier_exercises_counts_and_so_does_the_shape_that_is_said(ready):
    column = {"scale": lambda factor: factor * np.array([[-0.1], [0.0], [0.1]])}
    assert graded(ready, "scaled", column).score == Decimal(2)
    wrong = {"scale": lambda factor: factor * np.array([[-0.1], [1e-9], [0.1]])}
    assert graded(ready, "scaled", wrong).score == 0


def test_texts_and_truth_values_are_right_in_an_array_of_objects(ready):
    above = np.frompyfunc(lambda p: p > 0.5, 1, 1)
    right = {
        "vowels": lambda text: np.array(sorted(set(text) & set("aeiou")), object),
        "predict": lambda p: above(np.asarray(p)),
    }
    assert graded(ready, "words", right).score == 2
    wrong = {
        "vowels": lambda text: np.array(["a", None], object),
        "predict": lambda p: np.array([False, "yes"], object),
    }
    assert [check.message for check in graded(ready, "words", wrong).checks] == [
        "vowels('banana split') at [1] is None, expected the string 'i'.",
        "predict([0.1, 0.9]) at [1] is the string 'yes', expected True.",
    ]
