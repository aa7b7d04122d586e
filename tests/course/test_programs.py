"""Running the course's own programs, and saying where they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course import load_course, load_program, names_given_to
from grader.errors import CheckError
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
