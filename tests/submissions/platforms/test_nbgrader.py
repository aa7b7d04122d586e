"""What nbgrader collected."""

from __future__ import annotations

import pytest

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
)

TIME = b"2015-02-02 15:58:23.948203 UTC"


@pytest.mark.parametrize("form", FORMS)
def test_a_student_is_the_folder_above_the_assignment(tmp_path, form):
    files = {
        "bitdiddle/ps1/problem1.ipynb": notebook("'ben'"),
        "bitdiddle/ps1/timestamp.txt": TIME,
        "hacker/ps1/problem1.ipynb": notebook("'alyssa'"),
        "hacker/ps1/timestamp.txt": b"2015-02-02 07:58:23 America/Los_Angeles\n",
        "reasoner/ps1/problem1.ipynb": notebook("'louis'"),
    }
    found = students(surveyed(put(form, tmp_path / "submitted", files)))
    assert {who: source_of(one) for who, one in found.items()} == {
        "bitdiddle": "'ben'",
        "hacker": "'alyssa'",
        "reasoner": "'louis'",
    }
    ben, alyssa, louis = (one.hand_in for one in found.values())
    assert ben.platform == "nbgrader"
    assert ben.received.isoformat() == "2015-02-02T15:58:23.948203+00:00"
    assert alyssa.received.isoformat() == "2015-02-02T15:58:23+00:00"
    assert louis.received is None


@pytest.mark.parametrize(
    "time",
    [b"yesterday", b"", b"2015-02-02 15:58 Nowhere/None", b"2015-02-02 15:58 ../../etc/passwd",
     b"2015-02-02 15:58 America", b"\xff\xfe", b"0001-01-01 00:00 +23:00", b"9" * 10_000],
)  # fmt: skip
def test_a_time_that_is_none_is_passed_over(tmp_path, time):
    put_tree(tmp_path / "submitted", {"ben/ps1/p.ipynb": GOOD, "ben/ps1/timestamp.txt": time})
    (ben,) = surveyed(tmp_path / "submitted").submissions
    assert (ben.student, ben.hand_in.received, source_of(ben)) == ("ben", None, "x = 1")


def test_a_time_behind_a_link_or_in_a_fifo_is_not_read(tmp_path):
    place = put_tree(tmp_path / "submitted", {"ben/ps1/p.ipynb": GOOD})
    (tmp_path / "time").write_bytes(TIME)
    (place / "ben" / "ps1" / "timestamp.txt").symlink_to(tmp_path / "time")
    (ben,) = surveyed(place).submissions
    assert ben.hand_in.received is None


def test_a_course_folder_of_nbgrader_is_seen_through(tmp_path):
    files = {
        "nbgrader_config.py": b"",
        "source/ps1/problem1.ipynb": GOOD,
        "release/ps1/problem1.ipynb": GOOD,
        "submitted/ben/ps1/problem1.ipynb": notebook("'ben'"),
        "autograded/ben/ps1/problem1.ipynb": GOOD,
    }
    survey = surveyed(put_tree(tmp_path / "course101", files))
    (ben,) = survey.submissions
    assert (ben.student, source_of(ben)) == ("ben", "'ben'")
    zipped = put("zip", tmp_path / "hw", {"submitted/ben/ps1/problem1.ipynb": GOOD})
    assert list(students(surveyed(zipped))) == ["ben"]


def test_assignments_are_told_apart_and_within_one_the_newest_counts(tmp_path):
    files = {
        f"{who}/{what}/p.ipynb": notebook(f"'{who} {what}'")
        for who in ("ben", "alyssa")
        for what in ("ps1", "ps2")
    }
    place = put_tree(tmp_path / "submitted", files | {"ben/ps2/old.ipynb": GOOD})
    aged(place / "ben" / "ps2" / "old.ipynb", 1_000)
    found = students(surveyed(place))
    assert list(found) == ["alyssa/ps1", "alyssa/ps2", "ben/ps1", "ben/ps2"]
    assert source_of(found["ben/ps2"]) == "'ben ps2'"
    assert list(passed_over(found["ben/ps2"])) == ["old.ipynb"]


def test_a_folder_that_one_student_made_does_not_rename_the_others(tmp_path):
    files = {f"{who}/ps1/p.ipynb": GOOD for who in ("ben", "alyssa", "eve")}
    files |= {"eve/ps2/p.ipynb": GOOD}
    place = put_tree(tmp_path / "submitted", files)
    assert list(students(surveyed(place))) == ["alyssa", "ben", "eve", "eve/ps2"]


def test_a_time_that_one_student_wrote_does_not_make_a_class_nbgraders(tmp_path):
    files = {
        "alice/draft.ipynb": GOOD,
        "alice/final.ipynb": GOOD,
        "bob/hw.ipynb": GOOD,
        "eve/hw/timestamp.txt": TIME,
        "eve/hw/hw.ipynb": GOOD,
        "timestamp.txt": TIME,
    }
    survey = surveyed(put_tree(tmp_path, files))
    assert list(students(survey)) == ["alice", "bob", "eve"]
    assert not any(one.hand_in.platform for one in survey.submissions if one.hand_in)
    assert [one.path for one in survey.ignored] == [f"{tmp_path}/timestamp.txt"]


def test_what_does_not_fit_into_submitted_is_graded_as_in_any_folder(tmp_path):
    files = {
        "ben/ps1/p.ipynb": GOOD,
        "loose.ipynb": GOOD,
        "louis/hw.ipynb": GOOD,
        "louis/work/more.ipynb": GOOD,
        "hacker/ps1/notes.txt": b"",
    }
    place = put_tree(tmp_path / "submitted", files)
    (place / "empty").mkdir()
    found = students(surveyed(place))
    assert list(found) == ["ben", "empty", "hacker", "loose", "louis"]
    assert "holds no notebook: it holds `notes.txt`" in source_of(found["hacker"])
    assert "holds no notebook: it is empty" in source_of(found["empty"])


def test_a_student_with_a_loose_notebook_still_shows_which_assignments_there_are(tmp_path):
    files = {"ada/ps1/p.ipynb": GOOD, "ben/ps2/p.ipynb": GOOD, "ben/loose.ipynb": GOOD}
    found = students(surveyed(put_tree(tmp_path / "submitted", files)))
    assert list(found) == ["ada/ps1", "ben"]
