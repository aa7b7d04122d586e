"""Why an answer was not found, or is not what was asked for: the words, and what they cost."""

from __future__ import annotations

import pytest

from grader.grading.explaining.cells import NotebookCells
from grader.grading.explaining.reasons import Reasons
from grader.notebook import read_notebook
from grader.sandbox.outcome import CellOutcome
from tests.grading.explaining.conftest import text_cell
from tests.notebooks import notebook_bytes

RIGHT = "def sq(x):\n    return x * x + 1"
ABSENT = "`sq` is not defined"


def test_a_name_that_nobody_wrote_is_not_attempted_and_no_more_is_said(grade):
    found = grade("x = 1")
    assert found.reason == "Not attempted yet."
    assert {check.seen_by_student for check in found.exercise.checks} == {"Not attempted yet."}
    assert {check.hint for check in found.exercise.checks} == {""}


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (
            ["def Sq(x):\n    return x * x + 1"],
            "; you have `Sq`. Rename it in cell 1 (`def Sq(x):`).",
        ),
        (["def sqr(x):\n    return 10"], "; you have `sqr`. Rename it in cell 1 (`def sqr(x):`)."),
        (["s_q = lambda x: 10"], "; you have `s_q`. Rename it in cell 1 (`s_q = lambda x: 10`)."),
        (
            ["def ѕq(x):\n    return 10"],
            (
                "; you have `ѕq` (one of its letters is from another alphabet). Rename it in "
                "cell 1 (`def ѕq(x):`)."
            ),
        ),
        (
            [text_cell("# Mine"), text_cell(RIGHT)],
            (
                ": cell 2 (`def sq(x):`) is Markdown, so its code did not run. Change the cell's "
                "type to Code."
            ),
        ),
        (
            [text_cell(f"```python\n{RIGHT}\n```")],
            (
                ": cell 1 (`'''python`) is Markdown, so its code did not run. Change the cell's "
                "type to Code."
            ),
        ),
        (
            [text_cell(RIGHT, "raw")],
            (
                ": cell 1 (`def sq(x):`) is Raw, so its code did not run. Change the cell's type "
                "to Code."
            ),
        ),
        (
            [text_cell("I give $x^2$.", exercise="sq", part="starter")],
            (
                ": cell 1 (`I give $x^2$.`) is Markdown, so its code did not run. Change the "
                "cell's type to Code."
            ),
        ),
        (
            [text_cell("# Title"), "def sq(x)\n    return x * x + 1"],
            (
                ": the cell that defines it, cell 2 (`def sq(x)`), stopped: SyntaxError in line 1: "
                "`def sq(x)` (a colon is missing)."
            ),
        ),
        (
            ["\n\nimport math\ndef sq(x):\n    return (x * x + 1"],
            (
                ": the cell that defines it, cell 1 (`import math`), stopped: SyntaxError in line "
                "5: `return (x * x + 1` (the bracket `(` is never closed)."
            ),
        ),
        (
            ["\nx = 1 / 0\n\n" + RIGHT],
            (
                ": cell 1 (`x = 1 / 0`), which defines it, stopped before it was defined: "
                "ZeroDivisionError in line 2: `x = 1 / 0`."
            ),
        ),
        (
            ["while True:\n    pass\n" + RIGHT],
            ": cell 1 (`while True:`), which defines it, was stopped in line ",
        ),
        (
            ["import os\nos._exit(3)\n" + RIGHT],
            (
                ": cell 1 (`import os`), which defines it, stopped: its process ended itself with "
                "exit status 3."
            ),
        ),
        (
            ["def outer():\n    def sq(x):\n        return 10\n    return sq"],
            (
                ": cell 1 (`def outer():`), line 2, defines it inside the function `outer`. Move "
                "it to the left margin."
            ),
        ),
        (
            ["class Solver:\n    def sq(self, x):\n        return 10"],
            (
                ": cell 1 (`class Solver:`), line 2, defines it inside the class `Solver`. Move "
                "it to the left margin."
            ),
        ),
        ([RIGHT, "x = 1\ndel sq"], ": cell 2 (`x = 1`), line 2, deletes it."),
        ([RIGHT, "%reset -f"], ": cell 2 (`%reset -f`) deletes all names with `%reset`."),
        (
            ["x = 0\nif x:\n    def sq(x):\n        return 10"],
            (
                ": cell 1 (`x = 0`), line 3, defines it only inside the `if` of line 2, and that "
                "part did not run."
            ),
        ),
        (
            ["for sq in []:\n    pass"],
            (
                ": cell 1 (`for sq in []:`), line 1, defines it only inside the `for` of line 1, "
                "and that part did not run."
            ),
        ),
        (
            ["def make():\n    global sq\n    sq = abs"],
            ": only a call of `make` (cell 1 (`def make():`), line 1) would define it.",
        ),
        (
            ["%%timeit -n1 -r1\n" + RIGHT],
            (
                ": cell 1 (`%%timeit -n1 -r1`) begins with `%%timeit`, so its definitions are not "
                "kept."
            ),
        ),
        (["# " + RIGHT], ": its definition in cell 1 (`# def sq(x):`), line 1, is a comment."),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_a_name_that_is_not_there_is_told_with_the_reason(grade, cells, why):
    found = grade(*cells)
    assert found.reason.startswith(f"{ABSENT}{why}")
    assert found.result.score == 0


def test_the_names_of_other_exercises_are_not_taken_for_this_one_misspelt(grade):
    cells = read_notebook(notebook_bytes(["def nll_b(p):\n    return p"]), name="a.ipynb").cells
    notebook = NotebookCells(cells)
    near = Reasons(notebook).missing("nll_a", "one", function=True)
    assert near.message.startswith("`nll_a` is not defined; you have `nll_b`.")
    other = Reasons(notebook, {"nll_a", "nll_b"}).missing("nll_a", "one", function=True)
    assert (other.message, other.why) == ("`nll_a` is not defined.", "")


def test_a_value_is_not_taken_for_a_function_misspelt(grade):
    assert grade("sqq = 3").reason == "Not attempted yet."
    assert "you have `answer`" in grade("answer = {'even': 'yes'}", only="quiz").reason


def test_a_cell_that_nobody_reached_is_told():
    content = notebook_bytes(["x = 1", RIGHT])
    outcome = CellOutcome(index=1, status="skipped", error_message="no time was left")
    cells = read_notebook(content, name="a.ipynb").cells
    notebook = NotebookCells.of(cells, [CellOutcome(index=0, status="ok"), outcome])
    assert Reasons(notebook).missing("sq", "sq", function=True).message == (
        "`sq` is not defined: cell 2 (`def sq(x):`), which defines it, was not run: no time was "
        "left."
    )


def test_several_names_that_lack_for_one_reason_are_told_together(grade):
    found = grade(text_cell("def double(x):\n    return 2 * x\nbest = 4"), only="pair")
    assert found.reason == (
        "`double` and `best` are not defined: cell 1 (`def double(x):`) is Markdown, so its code "
        "did not run. Change the cell's type to Code."
    )


def test_code_in_the_prompt_is_no_answer(grade):
    prompt = "## 1. Square\n\nWrite `sq(x)`, which gives $x^2+1$. Begin with\n\n    def sq(x):\n"
    assert grade(text_cell(prompt)).reason == "Not attempted yet."
    answered = grade(text_cell(prompt), text_cell("sq = lambda x: x * x + 1")).reason
    assert "cell 2 (`sq = lambda x: x * x + 1`) is Markdown" in answered


# Bound, and no function


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (
            [RIGHT, "sq = sq(3)"],
            (
                "`sq` is the number 10, not a function (it was one after cell 1): cell 2 "
                "(`sq = sq(3)`), line 1, assigns something else to it."
            ),
        ),
        (
            [RIGHT + "\nsq = None"],
            (
                "`sq` is None, not a function (it was one after line 1): cell 1 (`def sq(x):`), "
                "line 3, assigns something else to it."
            ),
        ),
        (
            ["sq = lambda x: x**2 + 1,"],
            (
                "`sq` is a tuple, not a function: the comma at the end of cell 1 "
                "(`sq = lambda x: x**2 + 1,`), line 1, makes a tuple."
            ),
        ),
        (
            ["x = 3\nsq = [x, 'a']"],
            "`sq` is the list [3, 'a'], not a function: cell 1 (`x = 3`), line 2, defines it.",
        ),
    ],
)
def test_a_name_that_is_no_function_fails_with_what_it_is(grade, cells, told):
    found = grade(*cells)
    assert (found.exercise.status, found.exercise.spends_attempt) == ("failed", True)
    assert found.first.message == told
    assert [check.seen_by_student for check in found.exercise.checks[1:]] == [
        "`sq` is not a function.",
        "`sq` is not defined.",
    ]
    assert {check.hint for check in found.exercise.checks} == {""}


# Defined more than once


def test_a_starter_that_was_copied_below_the_answer_is_named(grade):
    found = grade(RIGHT, "def sq(x):\n    ...")
    assert (found.exercise.status, found.first.hint) == ("failed", "")
    assert found.first.message == (
        "sq(3) is None, expected the number 10. `sq` is defined in cells 1 and 2; the last one "
        "counts, cell 2 (`def sq(x):`), which is the starter as it was handed out."
    )


def test_two_definitions_are_named_where_the_last_is_wrong(grade):
    found = grade(RIGHT, "x = 1", "def sq(x):\n    return x")
    assert found.first.message == (
        "sq(3) is 3, expected 10 (off by 70 %). `sq` is defined in cells 1 and 3; the last one "
        "counts, cell 3 (`def sq(x):`)."
    )
    assert "defined in" not in found.exercise.checks[1].message
    twice = grade(RIGHT + "\n\ndef sq(x):\n    return x")
    assert twice.first.message.endswith(
        "`sq` is defined in line 1 and again in line 4 of cell 1 (`def sq(x):`); the last one "
        "counts."
    )


@pytest.mark.parametrize(
    "cells",
    [
        ["def sq(x):\n    ...", "def sq(x):\n    return x"],
        ["def sq(x):\n    return x"],
        [RIGHT, "def sq(x)\n    return 1", "def sq(x):\n    return x"][1:],
    ],
)
def test_an_answer_below_the_starter_is_no_news(grade, cells):
    assert grade(*cells).first.message == "sq(3) is 3, expected 10 (off by 70 %)."


# What a student wrote is hostile


def test_what_stands_in_a_cell_is_shown_safely_and_cut(grade):
    hostile = "def sq(x) # \x1b[2J\u202e<b>`" + "y" * 500
    found = grade(hostile)
    assert found.reason.isprintable()
    assert len(found.reason) < 400
    assert "\\x1b[2J\\u202e<b>'" in found.reason


def test_a_notebook_that_is_deep_and_long_is_still_graded(grade):
    deep = "sq = " + "+".join(["1"] * 900)
    found = grade(deep, *["def sqq(x): return 1"] * 50)
    assert found.exercise.status == "failed"
