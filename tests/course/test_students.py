"""A program of the course as a student: its names, its text, and what running it shows."""

from __future__ import annotations

import pytest

from grader.course import student_of_program
from grader.errors import CheckError
from grader.guest.protocol.values import Returned


def student(tmp_path, source, **given):
    path = tmp_path / "program.py"
    path.write_text(source, encoding="utf-8")
    return student_of_program(path, given)


def test_it_answers_with_the_programs_names(tmp_path):
    one = student(tmp_path, "x = y + 1", y=1)
    assert one.get("x") == Returned(2)


def test_its_work_is_one_cell_with_what_it_printed(tmp_path, capsys):
    (cell,) = student(tmp_path, "print('ü')\nx = 1").work.cells
    assert (cell.source, cell.printed, cell.displayed) == ("print('ü')\nx = 1", "ü\n", "")
    assert capsys.readouterr().out == ""


def test_its_last_expression_is_displayed_as_that_of_a_cell(tmp_path):
    one = student(tmp_path, "x = 'a'\nprint(1)\nx * 2")
    (cell,) = one.work.notebook
    assert (cell.printed, cell.displayed) == ("1\n", "'aa'")
    assert list(one.names) == ["x"]


@pytest.mark.parametrize("source", ["None", "x = 1", "", "print(1)"])
def test_nothing_is_displayed_where_a_cell_displays_nothing(tmp_path, source):
    (cell,) = student(tmp_path, source).work.cells
    assert cell.displayed == ""


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\n1 / 0", r"program.py:2: this program raised ZeroDivisionError"),
        ("x = = 1", r"program.py:1: this program is not Python"),
        ("return 1\n2", r"program.py:1: this program is not Python"),
    ],
)
def test_a_program_that_cannot_be_run_is_told_of(tmp_path, source, message):
    with pytest.raises(CheckError, match=message):
        student(tmp_path, source)


def test_a_program_that_is_not_there_is_told_of(tmp_path):
    with pytest.raises(CheckError, match="cannot be read"):
        student_of_program(tmp_path / "none.py", {})
