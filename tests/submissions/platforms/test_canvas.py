"""What Canvas's download of all submissions holds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions.platforms.canvas import Canvas
from grader.submissions.platforms.moodle import Moodle
from tests.submissions.downloads import (
    FORMS,
    GOOD,
    notebook,
    passed_over,
    put,
    put_tree,
    source_of,
    students,
    surveyed,
    zip_tree,
)


@pytest.mark.parametrize("form", FORMS)
def test_each_file_belongs_to_the_student_whose_number_it_bears(tmp_path, form):
    files = {
        "doejane_12345_67890_hw1.ipynb": notebook("'jane'"),
        "odonnellsean_LATE_12346_67891_hw1.ipynb": notebook("'sean'"),
        "müllerzoë_12347_67892_My homework (final).ipynb": notebook("'zoë'"),
        "doejane_22345_67893_hw1.ipynb": notebook("'the other jane'"),
    }
    found = students(surveyed(put(form, tmp_path / "submissions", files)))
    assert {who: source_of(one) for who, one in found.items()} == {
        "doejane_12345": "'jane'",
        "doejane_22345": "'the other jane'",
        "müllerzoë_12347": "'zoë'",
        "odonnellsean_12346": "'sean'",
    }
    jane, sean = (found[who].hand_in for who in ("doejane_12345", "odonnellsean_12346"))
    assert (jane.platform, jane.name, jane.late, jane.attempt) == ("canvas", "doejane", False, None)
    assert (sean.late, sean.received) == (True, None)


@pytest.mark.parametrize("form", FORMS)
def test_the_latest_upload_counts_and_the_others_are_recorded(tmp_path, form):
    files = {
        "doejane_12345_67890_hw1.ipynb": notebook("'first'"),
        "doejane_12345_67895_hw1-1.ipynb": notebook("'second'"),
        "doejane_12345_99999_hw1-2.ipynb": notebook("'third'"),
        "doejane_12345_67896_data.csv": b"1,2",
        "roebob_12346_67891_hw1.ipynb": notebook("'bob'"),
        "roeann_12347_67892_hw1.ipynb": notebook("'ann'"),
    }
    found = students(surveyed(put(form, tmp_path / "submissions", files)))
    assert list(found) == ["doejane_12345", "roeann_12347", "roebob_12346"]
    jane = found["doejane_12345"]
    assert source_of(jane) == "'third'"
    assert jane.hand_in.attempt == 3
    assert passed_over(jane) == {
        "doejane_12345_67890_hw1.ipynb": "was uploaded before the one that is graded",
        "doejane_12345_67895_hw1-1.ipynb": "was uploaded before the one that is graded",
    }
    assert [file.name for file in jane.beside] == ["data.csv"]


def test_a_number_that_the_course_gave_the_notebook_is_no_attempt(tmp_path):
    files = {f"student{n}_1000{n}_2000{n}_assignment-2.ipynb": GOOD for n in range(5)}
    files["eve_10009_20009_assignment-2-1.ipynb"] = GOOD
    found = students(surveyed(put_tree(tmp_path, files)))
    assert [one.hand_in.attempt for one in found.values()] == [2, None, None, None, None, None]


def test_anonymous_students_go_by_their_code(tmp_path):
    files = {
        "anon_aB3xY_67890_hw1.ipynb": notebook("1"),
        "LATE_anon_Zz9Qq_67891_hw1.ipynb": notebook("2"),
    }
    found = students(surveyed(put_tree(tmp_path, files)))
    assert {who: one.hand_in.late for who, one in found.items()} == {
        "anon_aB3xY": False,
        "anon_Zz9Qq": True,
    }
    assert found["anon_aB3xY"].hand_in.name == ""


def test_what_was_typed_or_is_another_file_is_an_unreadable_submission(tmp_path):
    files = {
        "doejane_12345_text.html": b"<p>done</p>",
        "roebob_LATE_12346_link.html": b"<a>",
        "roeann_12347_67892_hw1.pdf": b"%PDF",
        "poecarl_12348_67893_hw1.ipynb": GOOD,
        "readme.txt": b"",
    }
    survey = surveyed(put_tree(tmp_path, files))
    found = students(survey)
    assert {who: source_of(one) for who, one in found.items()} == {
        "doejane_12345": "`doejane_12345_text.html` is a text or a link that was "
        "entered in Canvas, not a file. "
        "Hand in the .ipynb file.",
        "poecarl_12348": "x = 1",
        "roeann_12347": "`roeann_12347_67892_hw1.pdf` is a PDF, not a notebook. "
        "Hand in the .ipynb file.",
        "roebob_12346": "`roebob_LATE_12346_link.html` is a text or a link that was "
        "entered in Canvas, "
        "not a file. Hand in the .ipynb file.",
    }
    assert found["roebob_12346"].hand_in.late is True
    assert [one.path for one in survey.ignored] == [f"{tmp_path}/readme.txt"]


def test_a_students_zip_is_looked_into_once_and_no_deeper(tmp_path):
    inside = zip_tree({"work/hw1.ipynb": notebook("'zipped'")})
    put_tree(tmp_path / "d", {"doejane_12345_67890_hw1.zip": inside})
    (jane,) = surveyed(tmp_path / "d").submissions
    assert (jane.student, source_of(jane)) == ("doejane_12345", "'zipped'")
    (alone,) = surveyed(tmp_path / "d" / "doejane_12345_67890_hw1.zip").submissions
    assert (alone.student, source_of(alone)) == ("doejane_12345", "'zipped'")
    nested = put("zip", tmp_path / "all", {"doejane_12345_67890_hw1.zip": inside})
    (jane,) = surveyed(nested).submissions
    assert jane.student == "doejane_12345"
    assert "is a zip within a zip" in source_of(jane)


def test_files_given_one_by_one_are_known_too(tmp_path):
    files = {
        "doejane_12345_67890_hw1.ipynb": notebook("'old'"),
        "doejane_12345_67891_hw1-1.ipynb": notebook("'new'"),
    }
    paths = sorted(put_tree(tmp_path, files).iterdir())
    (jane,) = surveyed(*paths).submissions
    assert (jane.student, source_of(jane)) == ("doejane_12345", "'new'")


def test_a_download_in_a_folder_of_another_name_is_seen_through(tmp_path):
    put_tree(tmp_path / "outer" / "my downloads", {"doejane_12345_67890_hw1.ipynb": GOOD})
    (jane,) = surveyed(tmp_path / "outer").submissions
    assert jane.student == "doejane_12345"


def test_one_student_who_mimics_canvas_in_a_plain_folder_is_just_called_so(tmp_path):
    files = {"alice.ipynb": GOOD, "bob.ipynb": GOOD, "eve_1_999_x.ipynb": GOOD}
    survey = surveyed(put_tree(tmp_path, files))
    assert list(students(survey)) == ["alice", "bob", "eve_1_999_x"]
    assert all(one.hand_in is None for one in survey.submissions)


NAMES = st.from_regex(r"[a-zß-öø-ý]{1,20}", fullmatch=True)
FILES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=30)


@given(NAMES, st.integers(0, 10**17), st.integers(100, 10**17), FILES, st.booleans())
def test_every_name_that_canvas_makes_is_read_back(name, user, upload, file, late):
    made = "_".join([name, *(["LATE"] if late else []), str(user), str(upload), file])
    said = Canvas().parse_name(made)
    assert (said.person, said.upload, said.late) == (("canvas", str(user)), upload, late)
    assert (said.name, said.student) == (name, f"{name}_{user}")


def test_the_hyphens_of_older_versions_are_read():
    said = Canvas().parse_name("doe--jane-late_12345_67890_hw1.ipynb")
    assert (said.student, said.late, said.upload) == ("doe--jane_12345", True, 67890)


@pytest.mark.parametrize("name", ["1_" * 30_000, "a_1_" + "9" * 30_000 + "_x", "_1" * 30_000])
def test_a_name_that_no_file_can_have_is_not_searched(name):
    assert Canvas().parse_name(name) is None
    assert Moodle().parse_name(name) is None


def test_a_name_that_macos_took_apart_is_the_same_student():
    apart = unicodedata.normalize("NFD", "müllerzoë_12347_67892_hw1.ipynb")
    assert Canvas().parse_name(apart).student == "müllerzoë_12347"


@given(st.text(max_size=60))
def test_any_other_name_is_no_canvas_name_or_names_a_student(name):
    said = Canvas().parse_name(name)
    assert said is None or (said.student and said.known_as)
