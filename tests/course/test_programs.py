"""Running the course's own programs, and saying where they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course import load_course, load_program, names_given_to, student_of_program
from grader.errors import CheckError
from grader.guest.protocol.values import Returned
from tests.course import tiny


def program(folder: Path, text: str | bytes) -> Path:
    path = folder / "reference.py"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_program_gives_the_names_that_it_defines(tmp_path):
    names = load_program(program(tmp_path, "import math\nx = 3\ndef f(p):\n    return p * x\n"))
    assert set(names) == {"math", "x", "f"}
    assert names["f"](2) == 6


def test_each_time_it_is_run_anew(tmp_path):
    path = program(tmp_path, "seen = []\ndef f():\n    seen.append(1)\n    return len(seen)\n")
    assert load_program(path)["f"]() == 1
    assert load_program(path)["f"]() == 1


def test_it_is_not_run_as_a_script(tmp_path):
    path = program(tmp_path, "ran = __name__ == '__main__'\nhere = __file__\n")
    names = load_program(path)
    assert names == {"ran": False, "here": str(path)}


def test_a_dataclass_can_be_defined(tmp_path):
    text = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Coin:\n    p: float\n"
    )
    assert load_program(program(tmp_path, text))["Coin"](0.5).p == 0.5


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("x = 1\nx = (\n", 2, "this program is not Python: '(' was never closed"),
        ("x = 1\ny = x / 0\n", 2, "this program raised ZeroDivisionError: division by zero"),
        ("import sys\n\nsys.exit(3)\n", 3, "this program raised SystemExit: 3"),
        ("def f():\n    return g()\nx = f()\n", 2, "this program raised NameError"),
        ("import json\njson.loads('{')\n", 2, "this program raised JSONDecodeError"),
        ("\x00", 1, "null bytes"),
        (b"\xff", 1, "this program is not Python"),
    ],
)
def test_a_failure_names_its_line(tmp_path, text, line, reason):
    path = program(tmp_path, text)
    with pytest.raises(CheckError) as caught:
        load_program(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert reason in str(caught.value)
    assert caught.value.__cause__ is not None


def test_a_program_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CheckError, match="this program cannot be read: No such file"):
        load_program(tmp_path / "reference.py")


THREE = """\
id: three_heads
title: Three heads
unit: coins
points: 1
prompt: The probability of three heads, from `two_heads`.
defines: [three_heads]
builds_on: [two_heads]
checks:
  - function: three_heads
    name: A fair coin
    points: 1
    cases: [{args: [0.5], expected: 0.125}]
"""


def test_a_program_may_use_what_its_exercise_builds_on(tmp_path):
    course = load_course(
        tiny.write(
            tmp_path,
            {
                **tiny.files(),
                tiny.COURSE: tiny.files()[tiny.COURSE].replace(
                    "[two_heads]", "[two_heads, three_heads]"
                ),
                "exercises/coins/three_heads.yaml": THREE,
                "solutions/coins/three_heads/reference.py": (
                    "def three_heads(p):\n    return p * two_heads(p)\n"
                ),
            },
        )
    )
    exercise = course.exercises["three_heads"]
    given = names_given_to(course, exercise)
    assert set(given) == {"two_heads"}
    assert load_program(exercise.reference, given)["three_heads"](0.5) == 0.125
    assert names_given_to(course, course.exercises["two_heads"]) == {}


def program_student(tmp_path, source, **given):
    path = tmp_path / "program.py"
    path.write_text(source, encoding="utf-8")
    return student_of_program(path, given)


def test_it_answers_with_the_programs_names(tmp_path):
    one = program_student(tmp_path, "x = y + 1", y=1)
    assert one.get("x") == Returned(2)


def test_its_work_is_one_cell_with_what_it_printed(tmp_path, capsys):
    (cell,) = program_student(tmp_path, "print('ü')\nx = 1").work.cells
    assert (cell.source, cell.printed, cell.displayed) == ("print('ü')\nx = 1", "ü\n", "")
    assert capsys.readouterr().out == ""


def test_its_last_expression_is_displayed_as_that_of_a_cell(tmp_path):
    one = program_student(tmp_path, "x = 'a'\nprint(1)\nx * 2")
    (cell,) = one.work.notebook
    assert (cell.printed, cell.displayed) == ("1\n", "'aa'")
    assert list(one.names) == ["x"]


@pytest.mark.parametrize("source", ["None", "x = 1", "", "print(1)"])
def test_nothing_is_displayed_where_a_cell_displays_nothing(tmp_path, source):
    (cell,) = program_student(tmp_path, source).work.cells
    assert cell.displayed == ""


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\n1 / 0", r"program.py:2: this program raised ZeroDivisionError"),
        ("x = = 1", r"program.py:1: this program is not Python"),
        ("return 1\n2", r"program.py:1: this program is not Python"),
    ],
)
def test_a_program_that_cannot_be_run_is_reported(tmp_path, source, message):
    with pytest.raises(CheckError, match=message):
        program_student(tmp_path, source)


def test_a_program_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(CheckError, match="cannot be read"):
        student_of_program(tmp_path / "none.py", {})
