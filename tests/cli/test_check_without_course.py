"""``grader check`` where there is no course: with the checks that a released notebook brings."""

from __future__ import annotations

import json
import re

import pytest

from grader.authoring.release.release_course import prepare_releases
from grader.course import load_course
from tests.authoring.release.test_release_course import with_quiz
from tests.bundle.test_student_checks import HOSTILE
from tests.clocks import own_clock
from tests.course.tiny import files, write
from tests.notebooks import code_cell, notebook_bytes


@pytest.fixture
def released(tmp_path):
    """Return the released notebook of the tiny course, whose folder is somewhere else."""
    (release,) = prepare_releases(load_course(write(tmp_path / "course", files())))
    path = tmp_path / "released.ipynb"
    path.write_bytes(release.content)
    return path


@pytest.fixture
def away(grader, tmp_path, monkeypatch):
    """Return the command, called in a folder without a course."""
    folder = tmp_path / "away"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return grader


def answered(released, answer: str):
    """Return a student's notebook: the released one, with an answer."""
    notebook = json.loads(released.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"]["grader"]["part"] == "starter":
            cell["source"] = answer
    path = released.with_name("mine.ipynb")
    path.write_text(json.dumps(notebook))
    return path


RIGHT = "def two_heads(p):\n    return p * p"
WRONG = "def two_heads(p):\n    return p + p"


def test_the_notebook_brings_its_own_checks(away, released):
    done = away("check", answered(released, RIGHT))
    assert (done.status, done.err) == (0, "")
    assert "ok   A fair coin" in done.out
    assert "Total: 1 of 1 points" in done.out
    assert "2 more points are decided when it is graded." in done.out


def test_a_lost_point_is_told_as_with_the_course_with_the_known_mistake(away, released, tmp_path):
    mine = answered(released, WRONG)
    alone, with_course = away("check", mine), away("check", mine, "--course", tmp_path / "course")
    assert (alone.status, with_course.status) == (1, 1)
    told = "two_heads(0.5) is 1, expected 0.25 (off by 300 %)."
    assert told in alone.out
    assert told in with_course.out
    assert "It looks like: sum not product" in alone.out
    assert alone.out == with_course.out


def test_the_set_up_and_check_cells_are_no_failed_cells(away, released):
    assert "Cell " not in away("check", answered(released, RIGHT)).out


@pytest.mark.parametrize("engine", ["sandbox", "jupyter"])
def test_either_engine_runs_it(away, released, engine):
    done = away("check", answered(released, WRONG), "--engine", engine)
    assert done.status == 1
    assert "Cell " not in done.out
    assert "FAIL A fair coin" in done.out


def test_the_checks_may_come_from_another_notebook(away, released, tmp_path):
    mine = tmp_path / "bare.ipynb"
    mine.write_bytes(notebook_bytes([RIGHT]))
    done = away("check", mine, "--checks", released)
    assert "Total: 1 of 1 points" in done.out
    assert "there are no checks in the notebook" in away("check", mine).err


def test_a_course_below_the_folder_is_named_where_there_are_no_checks(away, tmp_path):
    mine = tmp_path / "bare.ipynb"
    mine.write_bytes(notebook_bytes([RIGHT]))
    assert "Found" not in away("check", mine).err
    write(tmp_path / "away" / "mine", files())
    assert away("check", mine).err.endswith("\nFound a course in `mine`.\n")


def test_a_quiz_that_is_understood_has_not_failed(away, tmp_path):
    (release,) = prepare_releases(load_course(write(tmp_path / "course", with_quiz())))
    path = tmp_path / "quiz.ipynb"
    path.write_bytes(release.content)
    quiz = ("check", "--exercise", "a_quiz")
    answer = "answers = {'likelier': 'c'}"
    assert away(*quiz, answered(path, answer)).status == 0
    assert away(*quiz, answered(path, answer.replace("'c'", "'z'"))).status == 1
    assert away(*quiz, path).status == 1


def test_json_names_the_course_that_made_the_notebook(away, released):
    done = away("check", answered(released, RIGHT), "--json")
    assert done.json["course"] == "A first course"
    assert done.json["submissions"][0]["score"] == 1


def test_a_folder_with_a_course_uses_the_course(grader, released):
    done = grader("check", answered(released, RIGHT), "--exercise", "hth_likelihood")
    assert "Heads, tails, heads" in done.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--all",), "`--all` needs the course's folder"),
        (("--unit", "coins"), "`--unit` needs the course's folder"),
        (("--exercise", "two_head"), "did you mean `two_heads`?"),
        (("--course", ".", "--checks", "x.ipynb"), "both say where the checks are"),
        (("--checks", "x.ipynb"), "`x.ipynb` does not exist"),
    ],
)
def test_a_wrong_call_is_told(away, released, options, said):
    done = away("check", answered(released, RIGHT), *options)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_file_that_is_no_notebook_is_told(away, tmp_path):
    path = tmp_path / "mine.ipynb"
    path.write_text("<html>")
    done = away("check", path)
    assert (done.status, done.out) == (2, "")
    assert "mine.ipynb` is" in done.err


# Bundles that no release made

WRITTEN = re.compile("[A-Za-z0-9+/=]+")


@pytest.mark.parametrize("name", [name for name in HOSTILE if WRITTEN.fullmatch(HOSTILE[name])])
def test_a_hostile_bundle_is_told_quickly_and_runs_nothing(away, tmp_path, name):
    path = tmp_path / "mine.ipynb"
    ran = tmp_path / "ran"
    path.write_bytes(
        notebook_bytes([f'grader_checks = "{HOSTILE[name]}"', f"open({str(ran)!r}, 'w')"])
    )
    started = own_clock()
    done = away("check", path)
    assert (done.status, done.out) == (2, "")
    assert "Take the set-up cell from a fresh copy" in done.err
    assert not ran.exists()
    assert started.sample() < 5


def test_outputs_that_carry_html_are_not_read(away, released):
    notebook = json.loads(answered(released, WRONG).read_text())
    html = {"text/html": "<script>alert(1)</script>ok A fair coin 1 / 1"}
    output = {"output_type": "display_data", "data": html, "metadata": {}}
    notebook["cells"].append(code_cell("1", outputs=[output]))
    path = released.with_name("mine.ipynb")
    path.write_text(json.dumps(notebook))
    done = away("check", path)
    assert done.status == 1
    assert "script" not in done.out
