"""What a student's functions print while they are asked, below the message of the check."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.checks.students.local import LocalStudent
from grader.course import load_course
from grader.grading.judge_exercise import grade_exercise
from grader.grading.preparation import prepare_course
from grader.results import SubmissionResult, for_student
from tests.course.tiny import files, write


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory):
    course = load_course(write(tmp_path_factory.mktemp("course"), files()))
    (exercise,) = prepare_course(course).exercises
    return exercise


def found(ready, function):
    """Return what the visible and the hidden check find of a function."""
    student = LocalStudent({"two_heads": function}, limit_s=0.2)
    result = grade_exercise(ready, student)
    return {check.visible: check for check in result.checks}, result


def test_what_the_call_of_the_message_printed_stands_below_it(ready):
    def two_heads(p):
        print("p is", p)

    checks, _ = found(ready, two_heads)
    first, second = checks[True].message.splitlines()
    assert first.startswith("two_heads(0.5) is None")
    assert second == "It printed 'p is 0.5'."


def test_colours_and_moves_of_the_cursor_are_not_shown_and_a_flood_is_cut(ready):
    def two_heads(p):
        print("\x1b[31mold\rnew\x1b[0m" + "x" * 1000)
        return 0.0

    checks, _ = found(ready, two_heads)
    line = checks[True].message.splitlines()[1]
    assert line.startswith("It printed 'newxxx")
    assert line.endswith("'….")
    assert "\x1b" not in line
    assert len(line) < 200


def test_a_loop_that_prints_is_told_with_what_it_printed(ready):
    def two_heads(p):
        while True:
            print("again")

    checks, _ = found(ready, two_heads)
    assert "It printed 'again\\nagain" in checks[True].message


def test_a_right_answer_may_print(ready):
    def two_heads(p):
        print(p)
        return p * p

    checks, result = found(ready, two_heads)
    assert result.status == "passed"
    assert checks[True].message == ""


def test_what_is_printed_of_hidden_inputs_is_for_the_instructor_alone(ready):
    def two_heads(p):
        print("the input is", p)
        return 2.0

    checks, result = found(ready, two_heads)
    assert "the input is" in checks[False].message
    seen = for_student(
        SubmissionResult(
            student="ada",
            notebook=str(Path("ada.ipynb")),
            sha256=None,
            status="graded",
            score=result.score,
            max_score=result.max_score,
            seconds=0.0,
            exercises=(result,),
        )
    )
    hidden = next(check for check in seen.exercises[0].checks if not check.visible)
    assert "the input is" not in hidden.model_dump_json()
