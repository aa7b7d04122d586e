"""A gradebook on a terminal."""

from __future__ import annotations

from decimal import Decimal

from grader.feedback.gradebook import class_lines, history_lines, student_lines
from grader.gradebook.log import Entry
from grader.gradebook.policy import Lateness
from grader.gradebook.reporting import HandedIn, Reported, ReportedExercise
from tests.results import check_result, exercise_result

IN_TIME = HandedIn("in/a.ipynb", "ab" * 32, 1, "", None, "2026-10-31T12:00:00Z")


def reported(student="ada", late=Lateness(), score="2", **changes):  # noqa: B008
    result = exercise_result(check_result(), **changes)
    exercise = ReportedExercise(
        result=result,
        score=Decimal(score),
        late=late,
        attempt=1,
        spent=1,
        max_attempts=None,
        override=None,
        hand_in=IN_TIME,
    )
    return Reported(student, "", "", "", "", (IN_TIME,), {"kl_asymmetry": exercise})


def test_a_class_is_a_line_for_each_with_what_somebody_should_look_at():
    lines = list(
        class_lines(
            [
                reported("ada"),
                reported("bob", Lateness(1, Decimal("0.1")), "1.8"),
                reported("eve\x1b[2J", status="error"),
            ]
        )
    )
    assert [line.split() for line in lines[:2]] == [
        ["ada", "2"],
        ["bob", "1.8", "kl_asymmetry", "1", "day", "late"],
    ]
    assert "kl_asymmetry has a broken check" in lines[2]
    assert "\x1b" not in lines[2]
    assert lines[3] == "3 students"


def test_one_student_is_no_students():
    assert list(class_lines([reported()]))[-1] == "1 student"


def test_a_student_reads_what_lateness_cost():
    lines = list(student_lines(reported(late=Lateness(3, Decimal("0.3")), score="1.4")))
    assert "      3 days late: 30 % off" in lines
    assert lines[-1].split() == ["in", "all", "1.4"]


def test_a_history_tells_what_came_when_and_what_was_done():
    unread = HandedIn("b.ipynb", None, None, "is not there", "2026-11-01T00:00:00Z", "later")
    entry = Entry("2026-11-02T00:00:00Z", "eve", "override", {"student": "ada", "score": "3"})
    assert list(history_lines([IN_TIME, unread], [entry])) == [
        "2026-10-31T12:00:00Z (first seen)  handed in in/a.ipynb  abababababab",
        "2026-11-01T00:00:00Z  handed in b.ipynb  is not there",
        "2026-11-02T00:00:00Z  override by eve: score 3",
    ]
