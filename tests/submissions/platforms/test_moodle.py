"""What Moodle's download of all submissions holds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions.platforms.moodle import Moodle
from tests.submissions.downloads import (
    FORMS,
    GOOD,
    aged,
    notebook,
    passed_over,
    put,
    put_tree,
    source_of,
    students,
    surveyed,
    zip_tree,
)

FILE = "assignsubmission_file"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tail", ["_", ""])
def test_each_folder_belongs_to_the_student_of_its_name(tmp_path, form, tail):
    files = {
        f"Jane Doe_12345_{FILE}{tail}/hw1.ipynb": notebook("'jane'"),
        f"José O'Neill-Ruiz_12346_{FILE}{tail}/work/hw1.ipynb": notebook("'josé'"),
    }
    found = students(surveyed(put(form, tmp_path / "STAT101-hw1-4711", files)))
    assert {who: source_of(one) for who, one in found.items()} == {
        "Jane Doe": "'jane'",
        "José O'Neill-Ruiz": "'josé'",
    }
    jane = found["Jane Doe"].hand_in
    assert (jane.platform, jane.name, jane.late) == ("moodle", "Jane Doe", None)


def test_students_of_one_name_are_told_apart_by_their_numbers(tmp_path):
    files = {
        f"Jane Doe_12345_{FILE}_/hw1.ipynb": notebook("1"),
        f"Jane Doe_12399_{FILE}_/hw1.ipynb": notebook("2"),
        f"Participant_7_{FILE}_/hw1.ipynb": notebook("3"),
    }
    found = students(surveyed(put_tree(tmp_path, files)))
    assert list(found) == ["Jane Doe_12345", "Jane Doe_12399", "Participant"]


@pytest.mark.parametrize("form", FORMS)
def test_text_that_was_typed_is_recorded_beside_the_notebook_and_alone_is_none(tmp_path, form):
    files = {
        f"Jane Doe_12345_{FILE}_/hw1.ipynb": notebook("'jane'"),
        "Jane Doe_12345_assignsubmission_onlinetext_/onlinetext.html": b"<p>see file</p>",
        "Bob Roe_12346_assignsubmission_onlinetext_/onlinetext.html": b"<p>sorry</p>",
    }
    found = students(surveyed(put(form, tmp_path / "m", files)))
    assert source_of(found["Jane Doe"]) == "'jane'"
    assert passed_over(found["Jane Doe"]) == {
        "Jane Doe_12345_assignsubmission_onlinetext_": "holds no notebook: "
        "it holds `onlinetext.html` (a web page). Hand in the .ipynb file."
    }
    assert "holds no notebook: it holds `onlinetext.html`" in source_of(found["Bob Roe"])


def test_a_download_without_folders_is_known_by_the_names_of_its_files(tmp_path):
    files = {
        f"Jane Doe_12345_{FILE}_hw1.ipynb": notebook("'jane'"),
        "Jane Doe_12345_assignsubmission_onlinetext_onlinetext.html": b"<p>",
        f"Team red_{FILE}_hw1.ipynb": notebook("'red'"),
        f"Bob Roe_12346_{FILE}_hw1.docx": b"PK",
    }
    found = students(surveyed(put_tree(tmp_path, files)))
    assert list(found) == ["Bob Roe", "Jane Doe", "Team red"]
    assert source_of(found["Jane Doe"]) == "'jane'"
    assert source_of(found["Bob Roe"]).endswith(
        "is a text document, not a notebook. Hand in the .ipynb file."
    )


def test_of_several_files_in_a_folder_the_one_changed_last_counts(tmp_path):
    folder = f"Jane Doe_12345_{FILE}_"
    files = {f"{folder}/a.ipynb": notebook("'a'"), f"{folder}/b.ipynb": notebook("'b'")}
    place = put_tree(tmp_path / "m", files)
    aged(place / folder / "a.ipynb", 2_000)
    aged(place / folder / "b.ipynb", 1_000)
    (jane,) = surveyed(place).submissions
    assert source_of(jane) == "'a'"
    assert passed_over(jane) == {"b.ipynb": "is an older file than the one that is graded"}
    aged(place / folder / "b.ipynb", 2_000)
    (jane,) = surveyed(place).submissions
    assert source_of(jane) == "'b'"
    assert list(passed_over(jane).values()) == [
        "may be as new as the one that is graded, whose name sorts last"
    ]


def test_in_a_zip_the_times_of_its_members_count(tmp_path):
    folder = f"Jane Doe_12345_{FILE}_"
    files = {f"{folder}/a.ipynb": notebook("'a'"), f"{folder}/b.ipynb": notebook("'b'")}
    times = {
        f"{folder}/a.ipynb": (2026, 5, 3, 0, 0, 0),
        f"{folder}/b.ipynb": (2026, 2, 30, 0, 0, 0),
    }
    archive = tmp_path / "m.zip"
    archive.write_bytes(zip_tree(files, times))
    (jane,) = surveyed(archive).submissions
    assert source_of(jane) == "'a'"


def test_what_cannot_be_opened_never_displaces_what_can(tmp_path):
    folder = put_tree(tmp_path / f"Jane Doe_12345_{FILE}_", {"a.ipynb": notebook("'a'")})
    (folder / "newer.ipynb").symlink_to("/etc/passwd")
    (folder / "broken.zip").write_bytes(b"PK")
    aged(folder / "a.ipynb", 1_000)
    (jane,) = surveyed(tmp_path).submissions
    assert source_of(jane) == "'a'"
    why = passed_over(jane)
    assert why["newer.ipynb"] == "is a link, or not an ordinary file"
    assert why["broken.zip"].startswith("cannot be unpacked: its zip is damaged.")


def test_a_folder_given_by_itself_and_one_without_files_are_known(tmp_path):
    jane = put_tree(tmp_path / f"Jane Doe_12345_{FILE}_", {"hw1.ipynb": GOOD})
    bob = put_tree(tmp_path / f"Bob Roe_12346_{FILE}_", {})
    found = students(surveyed(jane, bob))
    assert source_of(found["Jane Doe"]) == "x = 1"
    together = students(surveyed(tmp_path))
    assert source_of(together["Bob Roe"]).endswith(
        "holds no notebook: it is empty. Hand in the .ipynb file."
    )


def test_a_student_with_too_many_notebooks_is_told_so(tmp_path):
    folder = f"Jane Doe_12345_{FILE}_"
    put_tree(tmp_path, {f"{folder}/{number}.ipynb": GOOD for number in range(21)})
    (jane,) = surveyed(tmp_path).submissions
    assert "holds 21 notebooks; at most 20 are graded" in source_of(jane)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="/\0_"), min_size=1, max_size=40),
    st.integers(0, 10**12),
    st.sampled_from(["file", "onlinetext"]),
    st.sampled_from(["", "_", "_hw1.ipynb", "_a_1_b.ipynb"]),
)
def test_every_name_that_moodle_makes_is_read_back(name, number, kind, tail):
    authorship = Moodle().parse_name(f"{name}_{number}_assignsubmission_{kind}{tail}")
    whole = unicodedata.normalize("NFC", name)
    assert (authorship.name, authorship.person) == (whole, ("moodle", f"{whole}_{number}"))


@given(st.text(max_size=60))
def test_any_other_name_is_no_moodle_name(name):
    assert "_assignsubmission_" in name or Moodle().parse_name(name) is None
