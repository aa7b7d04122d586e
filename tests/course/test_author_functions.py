"""The program with an author's own functions: there when it is needed, and fit to be called."""

from __future__ import annotations

import pytest

from grader.course import load_course
from grader.grading.preparation import prepare_course
from tests.course.tiny import EXERCISE, changed, faults_of, files, write

PROGRAM = "solutions/coins/two_heads/checks.py"
YAML = """\
checks:
  - python: squares
    name: In numbers
    points: 1
    about: two_heads
"""
GOOD = """\
def squares(student, reference, rng):
    p = rng.uniform()
    assert abs(student.two_heads(p) - reference.two_heads(p)) < 1e-12
"""


def course(tmp_path, program=GOOD, name="squares"):
    texts = changed(EXERCISE, "checks:\n", YAML.replace("squares", name))
    texts[EXERCISE] = texts[EXERCISE].replace("points: 3", "points: 4")
    if program is not None:
        texts[PROGRAM] = program
    return write(tmp_path, texts)


def test_a_check_finds_its_function(tmp_path):
    loaded = load_course(course(tmp_path))
    assert loaded.exercises["two_heads"].authored == tmp_path / PROGRAM
    assert prepare_course(loaded).faults == ()


@pytest.mark.parametrize(
    "program",
    [
        "def squares(student, reference, rng, more=1): student.two_heads(0.5)",
        "def squares(*given): given[0].two_heads(0.5)",
        "def squares(student, /, reference, rng, *, exact=True): student.two_heads(0.5)",
    ],
)
def test_any_function_of_three_arguments_will_do(tmp_path, program):
    assert prepare_course(load_course(course(tmp_path, program))).faults == ()


@pytest.mark.parametrize(
    ("program", "name", "message"),
    [
        (None, "squares", f"this function has no program: write it to `{PROGRAM}`"),
        (GOOD, "square", f"`{PROGRAM}` defines no function `square`; did you mean `squares`?"),
        ("squares = 3", "squares", f"`{PROGRAM}` defines no function `squares`"),
        ("x = 1\n\n" + GOOD + "  y", "squares", f"`{PROGRAM}:6` is not Python (unindent"),
        ("def squares(s): ...", "squares", f"`{PROGRAM}:1`: it must accept the call `squares("),
        ("def squares(a, b, c, *, d): ...", "squares", "it must accept the call"),
        ("def squares(a, b, c, d): ...", "squares", "it must accept the call"),
        ("async def squares(a, b, c): ...", "squares", "it must accept the call"),
    ],
)
def test_a_function_that_cannot_be_called_is_a_fault_of_its_check(tmp_path, program, name, message):
    (fault,) = faults_of(course(tmp_path, program, name))
    assert fault.key == "checks[0].python"
    assert fault.message.startswith(message) or message in fault.message


def test_a_program_that_no_check_names_is_a_fault(tmp_path):
    texts = files()
    (fault,) = faults_of(write(tmp_path, {**texts, PROGRAM: GOOD}))
    assert fault.key == "checks"
    assert f"the program `{PROGRAM}` belongs to no check: name a function" in fault.message


def test_checks_that_cannot_be_read_name_no_function(tmp_path):
    texts = changed(EXERCISE, "checks:\n", "checks: 3\nwas:\n")
    assert PROGRAM in str(faults_of(write(tmp_path, {**texts, PROGRAM: GOOD})))


def test_a_program_that_leads_out_of_the_course_is_a_fault(tmp_path):
    outside = tmp_path / "outside.py"
    outside.write_text(GOOD)
    folder = course(tmp_path / "course", None)
    (folder / PROGRAM).symlink_to(outside)
    assert [f"`{PROGRAM}` leads out" in fault.message for fault in faults_of(folder)] == [True]


def test_a_program_that_raises_costs_its_own_checks_alone(tmp_path):
    ready = prepare_course(load_course(course(tmp_path, GOOD + "\n\n1 / 0\n")))
    ((exercise, check, fault),) = ready.faults
    assert (exercise, check) == ("two_heads", "In numbers")
    assert str(fault).endswith(
        "checks.py:6: this program raised ZeroDivisionError: division by zero"
    )
