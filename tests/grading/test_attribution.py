"""Which cells are whose work: by metadata, by the names that they bind, never only by either."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from grader.grading.attribution import Attribution
from grader.notebook import Cell
from grader.sandbox.outcome import CellOutcome

PROMPT = "Say why $p$ is not $q$."


@dataclass
class Asked:
    id: str
    defines: tuple[str, ...]
    prompt: str = PROMPT
    starter: str = ""


COINS = Asked("coins", ("heads", "tails"), starter="def heads(p):\n    ...\n")
DICE = Asked("dice", ("six",))
ESSAY = Asked("essay", ())


def work(asked, *cells):
    """Return the sources of an exercise's work; a cell is a source, or what `text` returns."""
    return [cell.source for cell in whole_work(asked, *cells).cells]


def whole_work(asked, *cells):
    given = [cell if isinstance(cell, tuple) else code(cell) for cell in cells]
    read = [
        Cell(index=index, kind=kind, source=source, exercise=exercise, part=part)
        for index, (source, kind, exercise, part) in enumerate(given)
    ]
    count = sum(cell.kind == "code" for cell in read)
    outcomes = [
        CellOutcome(index=i, status="ok", stdout=f"p{i}", displayed=f"d{i}") for i in range(count)
    ]
    exercises = {one.id: one for one in (COINS, DICE, ESSAY)}
    return Attribution(exercises, read, outcomes).work_on(asked)


def text(source, exercise=None, part=None):
    return source, "markdown", exercise, part


def code(source, exercise=None, part=None):
    return source, "code", exercise, part


def test_without_sections_the_cells_that_bind_a_name_are_the_work():
    cells = ["import numpy", "heads = 1", "six = 6", "def tails(): ...", "heads + six"]
    assert work(COINS, *cells) == ["heads = 1", "def tails(): ..."]
    assert work(DICE, *cells) == ["six = 6"]
    assert work(ESSAY, *cells) == []


def test_text_beside_the_code_belongs_to_it():
    cells = [text("0"), "x = 1", text("1"), text("2"), "heads = 1", text("3"), "six = 6", text("4")]
    assert work(COINS, *cells) == ["1", "2", "heads = 1", "3"]
    assert work(DICE, *cells) == ["3", "six = 6", "4"]


def test_a_section_lasts_until_another_begins():
    cells = ["x = 1", text("a", "coins"), "y = 2", code("%check", "coins"), text("b", "dice"), "z"]
    assert work(COINS, *cells) == ["a", "y = 2"]
    assert work(DICE, *cells) == ["b", "z"]


def test_an_exercise_may_have_several_sections():
    cells = [text("a", "coins"), text("b", "essay"), text("c", "coins"), "x = 1"]
    assert work(COINS, *cells) == ["a", "c", "x = 1"]


def test_an_unknown_exercise_begins_no_section():
    assert work(COINS, text("a", "coins"), text("b", "nothing like it")) == ["a", "b"]


def test_a_cell_that_binds_the_name_counts_wherever_it_stands():
    cells = [text("a", "coins"), text("b", "dice"), "heads = 1"]
    assert work(COINS, *cells) == ["a", "heads = 1"]
    assert work(DICE, *cells) == ["b", "heads = 1"]


def test_an_exercise_without_a_section_is_found_by_its_names():
    cells = [text("a", "dice"), text("b"), "heads = 1"]
    assert work(COINS, *cells) == ["a", "b", "heads = 1"]


@pytest.mark.parametrize(
    "cell",
    [
        text(PROMPT, "essay"),
        text(f"{PROMPT}\n\nA person marks this.", "essay", "prompt"),
        text("*Write your answer in this cell.*\n", "essay", "starter"),
        text(f"## Why? (3 points)\n\n{PROMPT}\n", "essay"),
        code("%check essay", "essay"),
        code("# your code here\n!ls", "essay"),
        code("", "essay"),
    ],
)
def test_what_the_exercise_gave_is_not_the_students_work(cell):
    assert work(ESSAY, cell) == []


def test_code_is_never_left_out_by_what_its_metadata_say():
    assert work(ESSAY, code("x = 1", "essay", "prompt")) == ["x = 1"]


def test_an_answer_below_the_prompt_is_the_students_work():
    cell = text(f"## Why?\n\n{PROMPT}\n\nBecause.\n", "essay")
    assert work(ESSAY, cell) == ["Because."]


def test_an_untouched_starter_is_not_the_students_work():
    assert work(COINS, "def heads(p):  \n    ...") == []
    assert work(COINS, "def heads(p):\n    return p") == ["def heads(p):\n    return p"]


def test_a_cell_comes_with_what_it_printed_and_displayed():
    found = whole_work(COINS, "x = 1", text("a"), "heads = 1", ("raw", "raw", None, None))
    assert [(cell.index, cell.printed, cell.displayed) for cell in found.cells] == [
        (1, "", ""),
        (2, "p1", "d1"),
    ]
    assert [(cell.index, cell.kind) for cell in found.notebook] == [
        (0, "code"),
        (1, "markdown"),
        (2, "code"),
    ]
