"""results.json and grades.csv: whole or not at all, and harmless to whoever opens them."""

from __future__ import annotations

import csv
import json

import pytest

from grader.errors import UsageError
from grader.exports import RunFiles
from grader.results import SubmissionInfo
from tests.results import HEADER, check_result, exercise_result, submission_result


def written(folder, *results):
    with RunFiles(folder, HEADER, ["kl_asymmetry", "stable_nll"]) as files:
        for result in results:
            files.add(result)
    return files


def rows_of(files):
    with files.grades.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_results_are_one_json_document_with_a_header(tmp_path):
    files = written(tmp_path, submission_result(), submission_result(student="bob"))
    document = json.loads(files.results.read_text(encoding="utf-8"))
    assert document["schema"] == 1
    assert document["course"] == "A course"
    assert [entry["student"] for entry in document["submissions"]] == ["ada", "bob"]


def test_a_run_without_submissions_is_still_a_document(tmp_path):
    document = json.loads(written(tmp_path).results.read_text(encoding="utf-8"))
    assert document["submissions"] == []


def test_each_exercise_has_a_column_and_what_was_not_graded_is_empty(tmp_path):
    result = submission_result(exercise_result(check_result(), check_result("fail")))
    (row,) = rows_of(written(tmp_path, result))
    assert (row["student"], row["score"], row["max_score"]) == ("ada", "2.0", "4.0")
    assert (row["kl_asymmetry"], row["stable_nll"]) == ("2.0", "")


def test_what_a_person_has_to_mark_is_named_at_the_end(tmp_path):
    essay = exercise_result(
        check_result("skipped", review="Because."), id="stable_nll", status="needs_review"
    )
    marked, done = rows_of(
        written(
            tmp_path,
            submission_result(exercise_result(check_result()), essay),
            submission_result(exercise_result(check_result())),
        )
    )
    assert list(marked)[-1] == "to_be_marked"
    assert (marked["to_be_marked"], done["to_be_marked"]) == ("stable_nll", "")


def test_scores_are_rounded_once_at_the_end(tmp_path):
    third = check_result(points="0.333333")
    result = submission_result(exercise_result(third, third, third))
    document = json.loads(written(tmp_path, result).results.read_text(encoding="utf-8"))
    assert document["submissions"][0]["score"] == 1.0
    assert document["submissions"][0]["exercises"][0]["checks"][0]["points"] == 0.33


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-A1", "@SUM(A1)", "\t=1", "\n=1", "＝1", "-2+3+cmd|' /C calc'!A0"]
)
def test_no_spreadsheet_takes_a_name_for_a_formula(tmp_path, text):
    hand_in = SubmissionInfo(name=text, email=text, section=text)
    result = submission_result(student=text, notebook=text, hand_in=hand_in)
    (row,) = rows_of(written(tmp_path, result))
    for column in ("student", "name", "email", "section", "notebook"):
        assert not row[column].startswith(("=", "+", "-", "@", "\t", "\n", "＝"))


@pytest.mark.parametrize("student", ["-12345", "+491701234", "007", "o'neill", "a-b@c.edu"])
def test_an_id_that_is_no_formula_stays_as_it_is(tmp_path, student):
    (row,) = rows_of(written(tmp_path, submission_result(student=student)))
    assert row["student"] == student


def test_a_row_begins_with_what_a_platform_knows_a_student_by(tmp_path):
    hand_in = SubmissionInfo(name="Ada Lovelace", email="ada@example.edu", section="A")
    named, plain = rows_of(
        written(tmp_path, submission_result(hand_in=hand_in), submission_result())
    )
    assert list(named)[:4] == ["student", "name", "email", "section"]
    assert list(named.values())[:4] == ["ada", "Ada Lovelace", "ada@example.edu", "A"]
    assert list(plain.values())[:4] == ["ada", "", "", ""]


def test_no_name_reaches_a_terminal_as_a_command(tmp_path):
    files = written(tmp_path, submission_result(student="\x1b[2J\u202egnp.exe\ud800"))
    for path in (files.results, files.grades):
        text = path.read_text(encoding="utf-8")
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_an_interrupted_run_leaves_the_files_of_the_one_before(tmp_path):
    files = written(tmp_path, submission_result())
    before = files.results.read_bytes(), files.grades.read_bytes()
    with pytest.raises(KeyboardInterrupt), RunFiles(tmp_path, HEADER, []) as again:
        again.add(submission_result(student="bob"))
        raise KeyboardInterrupt
    assert (files.results.read_bytes(), files.grades.read_bytes()) == before


def test_a_folder_that_cannot_be_written_is_a_wrong_call(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"Cannot write into .*Choose another --out"):
        RunFiles(tmp_path / "file" / "grades", HEADER, [])
