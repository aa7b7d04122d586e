"""What a student reads: every lost point says why, and nothing hidden is shown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grader.feedback import name_columns, result_line, submission_text, summary_lines
from grader.feedback.class_summary import Tally, roster_lines
from grader.results import NOT_ATTEMPTED, CellFailure, IgnoredFile, RunHeader, SubmissionInfo
from tests.results import check_result, exercise_result, submission_result

LOST = {
    "message": "kl([0.5, 0.5], [1, 0]): expected inf, got 0.2",
    "brief": "a hidden input gave a wrong value",
    "hint": "What is the chance of the second outcome?",
}


def page(*exercises, **changes):
    return submission_text(submission_result(*exercises, **changes), width=80).plain


def test_a_lost_point_shows_input_expected_got_hint_and_mistake():
    text = page(exercise_result(check_result("fail", mistake="nan_on_zero", **LOST)))
    assert "FAIL two coins" in text
    assert "expected inf, got 0.2" in text
    assert "Hint: What is the chance" in text
    assert "It looks like: nan on zero" in text


def test_a_mistake_is_called_by_its_title_where_it_has_one():
    found = submission_result(exercise_result(check_result("fail", mistake="nan_on_zero")))
    titles = {"kl_asymmetry": {"nan_on_zero": "0 times log 0, which is NaN"}}
    text = submission_text(found, titles=titles).plain
    assert "It looks like: 0 times log 0, which is NaN" in text
    assert "nan_on_zero" not in text


def test_a_hidden_check_shows_its_brief_alone():
    text = page(exercise_result(check_result("fail", visible=False, **LOST)))
    assert "a hidden input gave a wrong value" in text
    assert "expected inf" not in text


def test_a_passed_check_says_ok_and_its_points():
    text = page(exercise_result(check_result()))
    assert "ok   two coins" in text
    assert "2 / 2" in text


def test_points_stand_at_the_right_edge():
    lines = page(exercise_result(check_result(), check_result("fail"))).splitlines()
    assert {len(line) for line in lines if line.endswith(("/ 2", "/ 4"))} == {80}


def test_an_exercise_that_was_not_attempted_says_so_and_no_more():
    left = {**LOST, "message": NOT_ATTEMPTED}
    text = page(exercise_result(check_result("fail", **left), status="not_attempted"))
    assert "not attempted yet" in text
    assert "two coins" not in text


def test_an_answer_that_was_not_found_is_told_with_the_reason_once():
    why = check_result("fail", message="`kl` is not defined; you have `KL`.")
    rest = check_result("fail", message=NOT_ATTEMPTED)
    text = page(exercise_result(why, rest, rest, status="not_attempted"))
    assert "  no answer found: `kl` is not defined; you have `KL`.\n" in text
    assert "FAIL" not in text


def test_exercises_that_nobody_touched_take_one_line_together():
    left = exercise_result(check_result("fail", message=NOT_ATTEMPTED), status="not_attempted")
    done = exercise_result(check_result())
    text = submission_text(submission_result(done, left, left)).plain
    assert "1 of 3 exercises attempted. Not yet: KL is not symmetric, KL is not symmetric." in text
    assert text.count("(kl_asymmetry)") == 1
    text = submission_text(submission_result(left, left)).plain
    assert text.splitlines()[0] == "0 of 2 exercises attempted."


def test_a_broken_check_is_said_to_be_ours():
    broken = check_result("error", message="The reference of `kl` does not pass")
    text = page(exercise_result(broken, status="error"))
    assert "This check is broken. Please tell your instructor." in text
    assert "reference" not in text


def test_a_cell_that_failed_is_told_with_its_number():
    error = "cell 3 (`q`): NameError: no q\x1b[2J"
    cells = (CellFailure(number=3, status="raised", error=error),)
    text = page(exercise_result(check_result()), cells=cells)
    assert text.splitlines()[0] == "Cell 3 (`q`): NameError: no q\\x1b[2J"


def test_a_reason_is_told():
    assert "not a notebook" in page(status="unreadable", reason="This is not a notebook.")


def test_a_drawing_keeps_its_shape():
    drawn = {**LOST, "message": "line 2:\n  sum(y_i\n        ^ a bracket is open"}
    lines = page(exercise_result(check_result("fail", **drawn))).splitlines()
    (caret,) = [line for line in lines if "^" in line]
    (formula,) = [line for line in lines if "sum(y_i" in line]
    assert caret.index("^") - formula.index("sum") == 6


@pytest.mark.parametrize("width", [40, 80, 120])
def test_long_messages_are_folded_to_the_width(width):
    long = check_result("fail", message="expected " + "1.25, " * 60)
    text = submission_text(submission_result(exercise_result(long)), width=width).plain
    assert max(map(len, text.splitlines())) <= width


def test_a_submission_has_one_line_that_says_where_points_were_lost():
    result = submission_result(exercise_result(check_result(), check_result("fail")))
    line = result_line(result, width=100)
    assert line.split() == ["ada", "2/4", "graded", "kl_asymmetry", "2/4"]


def test_the_line_names_each_known_mistake_once():
    twice = exercise_result(*[check_result("fail", mistake="log2")] * 2)
    line = result_line(submission_result(twice))
    assert line.split() == ["ada", "0/4", "graded", "kl_asymmetry", "0/4", "(log2)"]


def test_a_submission_in_full_says_no_more_than_its_score():
    line = result_line(submission_result(exercise_result(check_result())), width=100)
    assert line.split() == ["ada", "2/2", "graded"]


def test_a_line_is_cut_to_the_width_and_shows_no_control_characters():
    result = submission_result(student="x\x1b[2J" * 30, status="unreadable", reason="y" * 300)
    line = result_line(result, width=60)
    assert len(line) == 60
    assert "\x1b" not in line


def test_a_line_that_goes_into_a_file_is_not_cut():
    result = submission_result(status="unreadable", reason="y" * 200)
    assert result_line(result).endswith("y" * 200)


def test_names_take_as_many_columns_as_the_longest_but_not_all():
    assert name_columns(["ada", "grace"]) == 5
    assert name_columns(["ada", "x" * 300]) == 40
    assert name_columns([]) == 0
    line = result_line(submission_result(exercise_result(check_result())), names=5)
    assert line == "ada         2/2  graded"


def test_the_summary_counts_by_status_and_names_broken_checks():
    tally = Tally()
    tally.add(submission_result(exercise_result(check_result())))
    assert tally.complete
    broken = check_result("error", message="truth raised ZeroDivisionError")
    tally.add(submission_result(exercise_result(broken)))
    tally.add(submission_result(status="unreadable", max_score=Decimal(2)))
    text = "\n".join(summary_lines(tally, (), 1.26))
    assert "3 submissions in 1.3 s: 2 graded, 1 unreadable" in text
    assert "Broken check (1 submission): kl_asymmetry / two coins: truth raised" in text
    assert not tally.complete


def essay(**changes):
    check = check_result("skipped", review="Because.", message="A person marks this.", **changes)
    return exercise_result(check, status="needs_review")


def test_what_a_person_has_to_mark_is_told_on_the_line_and_counted():
    result = submission_result(essay())
    assert result_line(result).endswith("kl_asymmetry 0/2 (to be marked)")
    tally = Tally()
    tally.add(result)
    tally.add(result)
    assert tally.complete
    line = "Awaiting manual grading (2 submissions): kl_asymmetry / two coins"
    assert line in list(summary_lines(tally, (), 1.0))


def test_a_student_reads_that_a_person_marks_it():
    text = page(essay())
    assert "  awaiting manual grading\n" in text
    assert "  skip two coins" in text
    assert "       A person marks this.\n" in text
    assert "Because." not in text


def test_an_explanation_is_told_below_a_right_answer():
    text = page(exercise_result(check_result(explanation="It adds up.")))
    assert "  ok   two coins" in text
    assert "       Why: It adds up.\n" in text


def test_the_reasons_of_what_was_not_graded_are_told_whole_and_safe():
    tally, reason = Tally(), "`a.ipynb` " + "is odd. " * 60
    tally.add(submission_result(student="eve\x1b[2J", status="unreadable", reason=reason))
    tally.add(submission_result(student="bob", status="error", reason="The machine failed."))
    tally.add(submission_result())
    assert list(summary_lines(tally, (), 1.0))[1:] == [
        "Not graded (2 submissions):",
        f"  eve\\x1b[2J: {reason}",
        "  bob: The machine failed.",
    ]


def test_of_very_many_that_were_not_graded_some_are_told():
    tally = Tally()
    for _ in range(203):
        tally.add(submission_result(status="unreadable", reason="is empty"))
    assert list(summary_lines(tally, (), 1.0))[-1] == "  3 more, listed in results.json"


def test_what_was_passed_over_is_told_a_few_by_name():
    ignored = [IgnoredFile(path=f"notes{n}\x1b.txt", why="not a notebook") for n in range(7)]
    lines = [line for line in summary_lines(Tally(), ignored, 1.0) if "Ignored" in line]
    assert lines[0] == "Ignored: notes0\\x1b.txt: not a notebook"
    assert lines[-1] == "Ignored: 2 more, listed in results.json"
    assert len(lines) == 6


def test_what_is_odd_about_the_file_is_told():
    assert "Note: cell 2 is not a cell" in page(remarks=("cell 2 is not a cell",))


def test_a_class_is_held_against_its_roster():
    header = RunHeader(
        course="c",
        isolation="none",
        engine="sandbox",
        seed=0,
        unknown=("eve\x1b",),
        missing=tuple(f"u{number}" for number in range(12)),
    )
    strangers, missing = roster_lines(header)
    assert strangers == "Not in the roster (1): eve\\x1b"
    assert missing.startswith("No submission from (12): u0, u1, ")
    assert missing.endswith("u9 and more, listed in results.json")


@pytest.mark.parametrize(
    ("count", "told", "rest"),
    [(1, "1 submission", []), (7, "7 submissions", ["  2 more, listed in results.json"])],
)
def test_files_that_are_not_the_newest_of_their_student_are_shown(count, told, rest):
    other = IgnoredFile(path="old\x1b.ipynb", why="came before the one that is graded")
    tally = Tally()
    for _ in range(count):
        tally.add(submission_result(hand_in=SubmissionInfo(passed_over=(other,))))
    tally.add(submission_result(hand_in=SubmissionInfo()))
    _, *lines = summary_lines(tally, (), 1.0)
    assert lines == [
        f"Several files of one student ({told}). The newest is graded; these are not:",
        *["  old\\x1b.ipynb: came before the one that is graded"] * min(count, 5),
        *rest,
    ]
