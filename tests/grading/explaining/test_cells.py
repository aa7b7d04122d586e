"""One way to name a cell, wherever it is named; and the line of it that stopped or raised."""

from __future__ import annotations

import pytest

from grader.sandbox.notebook_run import NotebookSource
from tests.grading.explaining.conftest import text_cell

HELPER = "def helper(x):\n    return x - x"


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (
            [text_cell("# Homework"), text_cell("My answer:"), "x = 1", "def sq(x)\n    return 1"],
            ["cell 4 (`def sq(x)`): SyntaxError in line 1: `def sq(x)` (a colon is missing)"],
        ),
        (
            [text_cell("# Title"), "", HELPER, "\n\n\nhelper([1])"],
            [
                (
                    "cell 4 (`helper([1])`): TypeError: unsupported operand type(s) for -: 'list' "
                    "and 'list', in line 4: `helper([1])`, which led to cell 3 (`def "
                    "helper(x):`), line 2: `return x - x`. Lists have no item-by-item arithmetic: "
                    "convert them to numpy arrays first, such as `np.asarray(p)`."
                )
            ],
        ),
        (
            ["x = np.zeros(3)", "import numpy as np"],
            [
                (
                    "cell 1 (`x = np.zeros(3)`): NameError: name 'np' is not defined, in line 1: "
                    "`x = np.zeros(3)`. `np` is defined further down, in cell 2 "
                    "(`import numpy as np`): your notebook is run from top to bottom."
                )
            ],
        ),
        (
            ["x = 1\nx = np.zeros(3)"],
            [
                (
                    "cell 1 (`x = 1`): NameError: name 'np' is not defined, in line 2: "
                    "`x = np.zeros(3)`. `import numpy as np` is missing: your notebook is run "
                    "from top to bottom in a fresh session."
                )
            ],
        ),
        (
            ["import os; os._exit(1)"],
            [
                "cell 1 (`import os; os._exit(1)`): its process ended itself with exit status 1",
            ],
        ),
        (["raise ValueError('in <cell 8>')"], None),
    ],
)
def test_a_cell_that_failed_is_named_by_number_and_first_words(grade, cells, told):
    found = grade(*cells)
    if told is None:
        told = [
            (
                "cell 1 (`raise ValueError('in <cell 8>')`): ValueError: in <cell 8>, in line 1: "
                "`raise ValueError('in <cell 8>')`"
            )
        ]
    assert found.cells == told


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("%%time\nx = 1\ny = 1 / 0", "in line 3: `y = 1 / 0`"),
        ("%%time\nx = 1\ndef f(x)\n    return x", "in line 3: `def f(x)` (a colon is missing)"),
        ("\n%%time\nx = 1\ndef f(x)\n    return x", "in line 4: `def f(x)`"),
    ],
)
def test_lines_below_a_magic_are_those_of_the_cell(grade, source, told):
    (failed,) = grade(source).cells
    assert told in failed


def test_a_function_from_below_a_magic_tells_its_own_line_or_none(grade):
    body = "def sq(x):\n    y = [x]\n    return y - y"
    assert "line 4: `return y - y`" in grade(f"%%capture\n{body}").first.message
    assert ", in cell" not in grade(f"%%time\n{body}").first.message


def test_a_cell_that_was_stopped_tells_where(grade):
    (told,) = grade("x = 0\nwhile True:\n    x += 1").cells
    assert told.startswith("cell 1 (`x = 0`) was stopped in line ")
    assert "it used its 0.5 s of processor time" in told


def test_the_numbers_are_the_same_in_what_a_notebook_prints(grade, small_course, quick_sandbox):
    cells = ["import traceback", "def f():\n    return 1 / 0", "try:\n    f()\nexcept Exception:"]
    cells[2] += "\n    text = traceback.format_exc()"
    with (
        quick_sandbox.run_notebook(NotebookSource(cells, numbers=(3, 5, 9))) as run,
        run.session.open() as student,
    ):
        text = student.get("text").value
    assert 'File "cell 9", line 2, in <module>' in text
    assert 'File "cell 5", line 2, in f\n    return 1 / 0' in text


def test_the_line_that_raised_is_told_of_a_visible_check_and_not_of_a_hidden_one(grade):
    found = grade(text_cell("# T"), HELPER, "\ndef sq(x):\n    y = [x]\n    return helper(y)")
    visible, again, hidden = found.exercise.checks
    assert visible.message == (
        "sq(3) raised TypeError: unsupported operand type(s) for -: 'list' and 'list', in cell 2 "
        "(`def helper(x):`), line 2: `return x - x`."
    )
    assert visible.hint.startswith("Lists have no item-by-item arithmetic")
    assert again.hint == ""
    assert (hidden.seen_by_student, hidden.hint) == ("`sq` raised an exception.", "")
    assert "in cell 2 (`def helper(x):`), line 2" in hidden.message


def test_a_mathematical_hint_is_for_answers(grade):
    assert grade("def sq(x):\n    return x").first.hint == "Square first."
    assert grade("def sq(x):\n    raise KeyError('a')").first.hint != "Square first."
    assert grade("def sq(x):\n    raise Odd\nclass Odd(Exception): pass").first.hint == ""
    nothing = grade("def sq(x):\n    y = x")
    assert (nothing.first.hint, nothing.exercise.checks[2].hint) == ("", "Square first.")
    assert nothing.first.message.endswith("does it `return` its result?")


LIES = """
import sys
def sq(x):
    raise ValueError("x" * 5000 + "\\x1b[2J<script>")
sq.__code__ = sq.__code__.replace(co_filename="cell {number}", co_firstlineno={line})
"""


@pytest.mark.parametrize(
    ("number", "line"), [(1, 2), (7, 1), (2, 1), (1, 10**6), (0, 0), (99999999, 99999999)]
)
def test_where_something_raised_is_looked_up_and_never_believed(grade, number, line):
    """A session tells two numbers; what is shown is a line of the notebook, or nothing."""
    found = grade(LIES.format(number=number, line=line), text_cell("Not code"))
    assert found.exercise.status == "failed"
    shown = found.first.message.partition(", in cell ")[2]
    assert shown == "" or shown.startswith("1 (`import sys`), line ")
    assert found.first.message.isprintable()
    assert len(found.first.message) < 500
