"""A starter that was left as it was handed out is no attempt, and whatever else was done is one."""

from __future__ import annotations

import pytest

from grader.course import load_course
from grader.grading.grade import grade_submission
from grader.grading.preparation import prepare_course
from tests.course.tiny import write
from tests.grading.explaining.conftest import FILES, Paper, text_cell
from tests.notebooks import code_cell, notebook_bytes

SQ = "def sq(x):\n    ..."
PAIR = 'def double(x):\n    """Return twice x."""\n    raise NotImplementedError\n\nbest = None'
QUIZ = 'answers = {"even": None}'


@pytest.mark.parametrize(
    ("only", "cells"),
    [
        ("sq", [SQ]),
        ("sq", ["\n\n# my notes\ndef sq( x ):\n\n      ...   # later\n"]),
        ("sq", [code_cell(SQ, metadata={"grader": {"part": "starter", "exercise": "sq"}})]),
        ("sq", [SQ, SQ]),
        ("sq", ["import numpy as np\n" + SQ, "sq(3)", "print(sq)"]),
        ("sq", ["%matplotlib inline\n" + SQ]),
        ("pair", [PAIR]),
        ("pair", ["best = None\n\n" + PAIR.replace("twice x.", "\n    twice    x.")]),
        ("pair", ["best = None"]),
        ("quiz", [QUIZ]),
        ("quiz", ["answers = {'even':None}\nprint(answers['even'])"]),
    ],
)
def test_what_was_handed_out_is_not_attempted(grade, only, cells):
    found = grade(*cells, only=only)
    assert (found.exercise.status, found.exercise.spends_attempt) == ("not_attempted", False)
    assert (found.result.score, found.first.message) == (0, "Not attempted yet.")


@pytest.mark.parametrize(
    ("only", "cells"),
    [
        ("sq", ["def sq(x):\n    print(x * x + 1)"]),  # which answers as the starter does
        ("sq", [SQ.replace("...", "pass")]),
        ("sq", [SQ, "def sq(x):\n    return x"]),
        ("sq", [SQ, "exec('def sq(x):\\n    return x')"]),
        ("sq", ["exec('def sq(x):\\n    return x')"]),
        ("sq", [SQ, "globals().update(sq=lambda x: x)"]),
        ("pair", [PAIR.replace("None", "3")]),
        ("pair", [PAIR, "best = 3"]),
        ("pair", [PAIR.replace("raise NotImplementedError", "return 3 * x")]),
        ("pair", ["def double(x): return 3"]),
        ("quiz", [QUIZ, 'answers["even"] = "maybe"']),
        ("quiz", [QUIZ, 'answers.update(even="no")']),
        ("quiz", ['answers = {"even": "no"}']),
        ("quiz", [QUIZ, "if True:\n    answers['even'] = 'no'"]),
    ],
)
def test_anything_else_is_an_attempt(grade, only, cells):
    found = grade(*cells, only=only)
    assert found.exercise.status in ("failed", "partial")
    assert "Not attempted yet." not in {check.message for check in found.exercise.checks}


def test_a_right_answer_is_one_whatever_the_text_of_the_notebook_says(grade):
    hidden = "exec('sq = lambda x: x * x + 1')"
    assert grade(SQ, hidden).exercise.status == "passed"


def test_a_starter_beside_an_answer_that_never_ran_is_told_so(grade):
    found = grade(SQ, "def sq(x)\n    return x * x + 1")
    assert found.reason == (
        "`sq` is still the starter: the cell that defines it, cell 2 (`def sq(x)`), stopped: "
        "SyntaxError in line 1: `def sq(x)` (a colon is missing)."
    )


def test_an_answer_tried_in_secret_spends_an_attempt(grade):
    """The text shows the starter; what runs answers like it, until a hidden input comes."""
    spy = (
        "exec('''\n"
        "first = sq\n"
        "def sq(x):\n"
        "    if x in (3, 5):\n"
        "        return first(x)\n"
        "    return x * x + 1\n"
        "''')"
    )
    found = grade(SQ, spy)
    assert [check.status for check in found.exercise.checks] == ["fail", "fail", "pass"]
    assert (found.exercise.status, found.exercise.spends_attempt) == ("partial", True)


def test_a_name_that_goes_when_a_hidden_input_comes_spends_an_attempt(grade):
    spy = (
        "exec('''\n"
        "first = sq\n"
        "def sq(x):\n"
        "    if x not in (3, 5):\n"
        "        raise KeyError\n"
        "    return first(x)\n"
        "''')"
    )
    assert grade(SQ, spy).exercise.spends_attempt


def test_no_explanation_comes_for_nothing(tmp_path, quick_sandbox):
    quiz = FILES["exercises/u/quiz.yaml"].replace(
        "    name: Even\n", "    name: Even\n    explanation: It is twice 1.\n"
    )
    texts = {
        **FILES,
        "exercises/u/quiz.yaml": quiz.replace("unit: u\n", "unit: u\nexplain: always\n"),
    }
    preparation = prepare_course(load_course(write(tmp_path, texts)), only=["quiz"])

    def explanation(*cells):
        paper = Paper(notebook_bytes(cells))
        return (
            grade_submission(preparation, paper, quick_sandbox).exercises[0].checks[0].explanation
        )

    assert explanation(QUIZ.replace("None", '"no"')) == "It is twice 1."
    assert explanation(QUIZ) == explanation() == ""


def test_text_beside_a_function_that_is_not_there_is_no_attempt(tmp_path, quick_sandbox):
    code = "  - source: sq\n    name: No loop\n    points: 1\n    avoids: [for]\n"
    sq = FILES["exercises/u/sq.yaml"].replace("points: 4\n", "points: 5\n") + code
    texts = {**FILES, "exercises/u/sq.yaml": sq}
    preparation = prepare_course(load_course(write(tmp_path, texts)), only=["sq"])
    starter = text_cell("def sq(x):\n    return x", exercise="sq", part="starter")
    result = grade_submission(preparation, Paper(notebook_bytes([starter])), quick_sandbox)
    (found,) = result.exercises
    assert (found.status, found.spends_attempt, found.score) == ("not_attempted", False, 0)
    assert "is Markdown, so its code did not run" in found.checks[0].message
