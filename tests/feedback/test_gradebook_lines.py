"""A gradebook on a terminal."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grader.course import load_course
from grader.feedback.gradebook_lines import class_lines, history_lines, student_lines
from grader.gradebook.decisions import Given, Override
from grader.gradebook.log import LogEntry
from grader.gradebook.policy import Lateness
from grader.gradebook.reporting import Reported, ReportedExercise, StoredSubmission
from tests.course import tiny, two_units
from tests.results import check_result, exercise_result

SEEN = "2026-10-31T12:00:00Z"
IN_TIME = StoredSubmission("in/a.ipynb", "ab" * 32, 1, "", "2026-10-31T12:00:00Z", SEEN)
UNKNOWN = StoredSubmission("in/b.ipynb", "cd" * 32, 2, "", None, SEEN)
MARKED = StoredSubmission("in/c.ipynb", "ef" * 32, 3, "", None, SEEN, late=True)
POLICY = (
    "policy:\n  timezone: Europe/Berlin\n"
    '  late: {due: {coins: "2026-10-31", dice: "2026-10-31"}, per_day: 0.1}\n'
)
EXERCISES = ("two_heads", "two_sixes")
LONG = "It is wrong, and here is said at some length what was asked, expected and got instead. " * 3


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return load_course(tiny.write(tmp_path_factory.mktemp("due"), two_units.files(POLICY)))


def part(*checks, name="two_heads", late=Lateness(), score="2", hand_in=IN_TIME, **changes):  # noqa: B008
    given = {"attempt": 1, "spent": 1, "max_attempts": None, "override": None}
    known = {key: changes.pop(key) for key in list(changes) if key in given}
    return ReportedExercise(
        result=exercise_result(*(checks or (check_result(),)), id=name, **changes),
        score=Decimal(score),
        late=late,
        hand_in=hand_in,
        **given | known,
    )


def reported(*parts, student="ada", name="", hand_ins=None, **changes):
    exercises = {each.result.id: each for each in parts or (part(),)}
    seen = tuple(dict.fromkeys(each.hand_in for each in exercises.values() if each.hand_in))
    given = {"email": "", "section": "", "extension": "", "hand_ins": hand_ins or seen}
    return Reported(student=student, name=name, exercises=exercises, **given | changes)


def test_a_class_is_a_line_for_each_with_what_somebody_should_look_at(course):
    late = part(late=Lateness(1, Decimal("0.1")), score="1.8")
    lines = list(
        class_lines(
            [
                reported(name="Ada Lovelace"),
                reported(late, student="bob"),
                reported(part(status="error"), student="eve\x1b[2J"),
            ],
            course,
        )
    )
    assert [line.split() for line in lines[:2]] == [
        ["ada", "Ada", "Lovelace", "2"],
        ["bob", "1.8", "1", "day", "late"],
    ]
    assert "broken check: two_heads" in lines[2]
    assert "\x1b" not in lines[2]
    assert lines[3:] == ["3 students", "Mean of 3 students with a grade: 1.93 of 6 points"]


def test_what_holds_for_several_exercises_is_told_once(course):
    late = Lateness(2, Decimal("0.2"))
    both = [part(name=name, late=late, status="needs_review") for name in EXERCISES]
    first, second, *_ = class_lines([reported(*both)], course)
    assert second == "    to be marked: two_heads, two_sixes; 2 days late"
    assert first.split() == ["ada", "4"]


def test_hand_ins_without_a_time_are_counted_and_marks_named(course):
    class_ = [
        reported(part(hand_in=UNKNOWN), student="ada"),
        reported(
            part(hand_in=MARKED, late=Lateness(1, Decimal("0.1"), marked=True)), student="bob"
        ),
        reported(student="cy"),
    ]
    lines = list(class_lines(class_, course))
    assert lines[1].endswith("late, time unknown")
    assert lines[-2].startswith("No times for 1 of 3 submissions: lateness is not applied to them.")
    assert lines[-1].startswith("Marked late, time unknown (1): bob. Each counts as 1 day")


def test_one_student_is_no_students(course):
    assert "1 student" in list(class_lines([reported()], course))


def test_a_student_has_a_name_and_an_address_and_what_each_unit_is_worth(course):
    student = reported(name="Ada Lovelace", email="ada@example.edu", section="A")
    lines = list(student_lines(student, course))
    assert lines[0].split("  ")[0] == "Ada Lovelace (ada, ada@example.edu, A)"
    assert lines[0].endswith(" 2 / 3")
    assert lines[2].endswith(" 2 / 3")
    assert lines[2].startswith("Coins (coins) ")
    assert lines[-1] == "Dice (dice): no submission"


def test_a_student_reads_once_what_lateness_cost(course):
    late = Lateness(3, Decimal("0.125"))
    both = [part(name=name, late=late, score="1.4", max_attempts=3) for name in EXERCISES]
    lines = list(student_lines(reported(*both), course))
    told = "  handed in 2026-10-31 13:00, 3 days late: 12.5 % off"  # in Berlin, winter time
    assert lines.count(told) == 2  # once a unit
    assert lines.count("  attempt 1 counts; 1 of 3 spent") == 2
    assert lines[0].endswith(" 2.8 / 6")


def test_what_several_checks_say_and_the_mistake_and_its_hint_stand_once(course):
    checks = [
        check_result(
            "fail", name=name, message="`f` is not defined", mistake="p_only", hint="Square it."
        )
        for name in ("one", "two", "three")
    ]
    title = course.exercises["two_heads"].mistake_titles.get("p_only") or "p only"
    lines = list(student_lines(reported(part(*checks)), course))
    assert lines[4:8] == [
        "  FAIL Two heads in a row (two_heads)                                      2 / 3",
        "       one, two, three: `f` is not defined",
        f"       It looks like: {title}",
        "       Hint: Square it.",
    ]


@pytest.mark.parametrize("width", [80, 60])
def test_no_line_is_longer_than_the_terminal(course, width):
    check = check_result("fail", name="n" * 50, message=LONG, hint=LONG, mistake="p_only")
    student = reported(
        part(check, hand_in=MARKED, late=Lateness(1, Decimal("0.1"), marked=True)),
        student="s" * 300,
        name="n" * 300,
        email="e" * 300,
        hand_ins=(MARKED, StoredSubmission("x", None, None, LONG, None, SEEN)),
        extensions={"coins": Given("coins", "3 days", "eve", SEEN, LONG)},
    )
    lines = list(student_lines(student, course, width=width))
    lines += class_lines([student], course, width=width)
    told = [line for line in lines if not line.startswith(("Marked late, ", "Mean of "))]
    assert max(map(len, told)) <= width
    whole = " ".join(" ".join(lines).split())
    assert "marked late, time unknown: counted as 1 day, 10 % off" in whole


def test_what_was_not_attempted_is_one_line(course):
    both = [part(name=name, score="0", status="not_attempted") for name in EXERCISES]
    lines = list(student_lines(reported(*both), course))
    assert [line for line in lines if "not attempted" in line] == [
        "  --   not attempted: two_heads",
        "  --   not attempted: two_sixes",
    ]


def test_an_override_and_an_unreadable_file_are_told(course):
    word = Override("two_heads", Decimal(3), "eve", SEEN, "handed in on paper")
    unread = StoredSubmission("b.ipynb", None, None, "`b.ipynb` is empty.\x1b", None, SEEN)
    lines = list(student_lines(reported(part(override=word), hand_ins=(unread,)), course))
    assert "  Unreadable: `b.ipynb` is empty.\\x1b" in lines
    assert any("set by eve on 2026-10-31T12:00:00Z: handed in on paper" in line for line in lines)


def test_a_drawing_keeps_its_indent(course):
    check = check_result("fail", message="It breaks here:\n  a + b\n    ^")
    lines = list(student_lines(reported(part(check)), course))
    assert lines[5:8] == ["       two coins: It breaks here:", " " * 11 + "a + b", " " * 13 + "^"]


def test_a_history_tells_what_came_when_and_what_was_done():
    unread = StoredSubmission(
        "b.ipynb", None, None, "is not there", "2026-11-01T00:00:00Z", "later"
    )
    entry = LogEntry("2026-11-02T00:00:00Z", "eve", "override", {"student": "ada", "score": "3"})
    assert list(history_lines([UNKNOWN, MARKED, unread], [entry])) == [
        "2026-10-31T12:00:00Z (first seen)  handed in in/b.ipynb  cdcdcdcdcdcd",
        "2026-10-31T12:00:00Z (first seen)  handed in in/c.ipynb  efefefefefef  (marked late)",
        "2026-11-01T00:00:00Z  handed in b.ipynb  is not there",
        "2026-11-02T00:00:00Z  override by eve: score 3",
    ]
