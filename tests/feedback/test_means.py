"""Means over students: one with several notebooks counts once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grader.course import load_course
from grader.feedback.means import Means
from tests.course import tiny, two_units
from tests.results import check_result, exercise_result, submission_result


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return load_course(tiny.write(tmp_path_factory.mktemp("two"), two_units.files()))


def part(exercise, earned, **changes):
    """Return what was found of an exercise that is worth 3; None has nothing of it."""
    lost = check_result("fail", name="b", points=str(3 - (earned or 0)))
    status = {"status": "not_attempted", "spends_attempt": False} if earned is None else {}
    got = (check_result(points=str(earned)),) if earned else ()
    return exercise_result(*got, lost, id=exercise, **status | changes)


def means(course, hand_ins, units=None):
    exercises = [e for e in course.exercises.values() if units is None or e.unit in units]
    found = Means(course, exercises, [student for student, _ in hand_ins])
    for student, parts in hand_ins:
        status = {"status": "unreadable"} if parts is None else {}
        found.add(student, submission_result(*parts or (), **status))
    return list(found.lines())


def test_two_notebooks_of_one_student_are_one_student(course):
    hand_ins = [
        ("ada", [part("two_heads", 3)]),
        ("bob", [part("two_heads", 1), part("two_sixes", 2)]),
        ("ada", [part("two_sixes", 3)]),
    ]
    # ada 3 + 3, bob 1 + 2; of coins (3 + 1) / 2, of dice (3 + 2) / 2.
    assert means(course, hand_ins) == [
        "Mean of 2 students: 4.5 of 6 points",
        "  coins: 2 of 3 points (2 students submitted it)",
        "  dice: 2.5 of 3 points (2 students submitted it)",
    ]


def test_a_unit_that_a_student_did_not_hand_in_counts_for_no_mean_of_it(course):
    hand_ins = [
        ("ada", [part("two_heads", 3)]),
        ("bob", [part("two_heads", 1), part("two_sixes", 2)]),
    ]
    assert means(course, hand_ins)[1:] == [
        "  coins: 2 of 3 points (2 students submitted it)",
        "  dice: 2 of 3 points (1 student submitted it)",
    ]


@pytest.mark.parametrize(("counts", "mean"), [("best", "3"), ("last", "1")])
def test_of_three_hand_ins_the_one_counts_that_the_course_says(tmp_path, counts, mean):
    policy = f"policy: {{counts: {counts}}}\n"
    course = load_course(tiny.write(tmp_path, two_units.files(policy)))
    three = [("ada", [part("two_heads", earned)]) for earned in (2, 3, 1)]
    nothing = [("ada", [part("two_heads", None)])]
    assert means(course, three + nothing, ["coins"]) == [f"Mean of 1 student: {mean} of 3 points"]


def test_who_could_not_be_graded_is_in_no_mean(course):
    assert means(course, [("eve", None)]) == []
    assert means(course, [("eve", None), ("ada", [part("two_heads", 2)])], ["coins"]) == [
        "Mean of 1 student: 2 of 3 points"
    ]


def test_a_mean_is_rounded_as_points_are(course):
    hand_ins = [("ada", [part("two_heads", 2)]), ("bob", [part("two_heads", Decimal("2.25"))])]
    assert means(course, hand_ins, ["coins"]) == ["Mean of 2 students: 2.13 of 3 points"]
