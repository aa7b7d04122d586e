"""Points are rounded by one rule, and totals are the sums of what stands beside them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import grader
from grader.course import load_course
from grader.exports.gradebook_tables import as_plain
from grader.feedback.gradebook_lines import class_lines, student_lines
from grader.gradebook.policy import Lateness
from grader.gradebook.reporting import Reported, ReportedExercise
from grader.results import points_text, rounded, total
from tests.course import tiny, two_units
from tests.results import check_result, exercise_result, submission_result

POINTS = st.decimals(0, 10**6, places=6, allow_nan=False)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("0.005", "0.01"),
        ("0.015", "0.02"),
        ("0.125", "0.13"),
        ("2.675", "2.68"),  # as a float it is a little less
        ("0.0049999999999999999999999999999", "0"),  # in one step, not to 0.005 first
        ("1000000000000000000000000000000.005", "1000000000000000000000000000000.01"),
        ("-0.001", "0"),
    ],
)
def test_a_half_goes_up(points, expected):
    assert points_text(Decimal(points)) == expected


@given(st.lists(POINTS, max_size=8))
def test_a_total_is_the_sum_of_the_numbers_beside_it(scores):
    assert total(scores) == sum((Decimal(points_text(each)) for each in scores), Decimal(0))


@given(POINTS, POINTS)
def test_rounding_keeps_the_order_so_that_full_points_stay_full(some, most):
    assert rounded(min(some, most)) <= rounded(max(some, most))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return load_course(tiny.write(tmp_path_factory.mktemp("course"), two_units.files()))


def reported(*scores):
    exercises = {
        name: ReportedExercise(
            result=exercise_result(check_result(points="3"), id=name),
            score=Decimal(score),
            late=Lateness(),
            attempt=1,
            spent=1,
            max_attempts=None,
            override=None,
            hand_in=None,
        )
        for name, score in zip(("two_heads", "two_sixes"), scores, strict=False)
    }
    return Reported("ada", "", "", "", "", (), exercises)


@given(st.lists(st.decimals(0, 3, places=4, allow_nan=False), min_size=1, max_size=2))
def test_the_gradebook_shows_and_exports_one_number(course, scores):
    student = reported(*scores)
    plain = as_plain(student)
    assert plain["score"] == float(sum(Decimal(str(e["reported"])) for e in plain["exercises"]))
    text = points_text(Decimal(str(plain["score"])))
    assert next(iter(class_lines([student], course))).split()[1] == text
    assert next(iter(student_lines(student, course))).split("/")[0].split()[-1] == text


def test_results_json_rounds_as_people_read_it():
    third = exercise_result(check_result("fail", points="0.375", name="a"))
    third = third.model_copy(update={"score": Decimal("0.125")})
    plain = submission_result(third, score=total([third.score])).model_dump(mode="json")
    assert plain["score"] == plain["exercises"][0]["score"] == 0.13
    assert points_text(third.score) == "0.13"


def test_points_are_rounded_in_one_module():
    """A format such as `.2f` rounds a half to even."""
    package = Path(grader.__file__).parent
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "results.py":
            assert ROUND_HALF_UP not in text, path
        if path.relative_to(package).parts[0] in ("cli", "exports", "feedback", "gradebook"):
            found = re.findall(r"\{[^{}]*(?:points|score|earned|most|mean)[^{}]*:[^{}]*f\}", text)
            assert not found, path
