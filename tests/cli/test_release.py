"""``grader release``: the notebooks, and what is said of them."""

from __future__ import annotations

import pytest

from tests.course.tiny import files, write


@pytest.fixture
def course(tmp_path):
    return write(tmp_path / "course", files())


def test_a_line_tells_each_notebook_and_what_became_of_it(grader, course, tmp_path):
    call = ("release", "--course", course, "--out", tmp_path / "out")
    done = grader(*call)
    assert (done.status, done.err) == (0, "")
    path = tmp_path / "out" / "coins.ipynb"
    assert done.out == f"{path}: 1 exercise, 1 visible check (new)\n"
    assert grader(*call).out.endswith("(unchanged)\n")


def test_json_is_all_that_is_printed(grader, course, tmp_path):
    done = grader("release", "coins", "--course", course, "--out", tmp_path, "--json")
    assert done.json == {
        "released": [
            {
                "unit": "coins",
                "student": None,
                "path": str(tmp_path / "coins.ipynb"),
                "status": "new",
                "exercises": ["two_heads"],
                "visible_checks": 1,
                "left_for_grading": 0,
            }
        ],
        "files": [],
    }


def test_solutions_go_to_a_folder_of_their_own(grader, course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert grader("release", "--course", course).status == 0
    assert grader("release", "--course", course, "--solutions").status == 0
    assert (tmp_path / "release" / "coins.ipynb").is_file()
    assert (tmp_path / "release-solutions" / "coins_solutions.ipynb").is_file()


def test_students_get_folders_of_their_own(grader, course, tmp_path):
    names = ("--student", "ada", "--student", "bob", "--json")
    done = grader("release", "--course", course, "--out", tmp_path / "out", *names)
    assert [one["student"] for one in done.json["released"]] == ["ada", "bob"]
    assert (tmp_path / "out" / "bob" / "coins.ipynb").is_file()


def test_a_notebook_that_was_changed_is_refused_unless_forced(grader, course, tmp_path):
    path = tmp_path / "coins.ipynb"
    path.write_text("{}")
    call = ("release", "--course", course, "--out", tmp_path)
    done = grader(*call)
    assert (done.status, done.out) == (2, "")
    assert "was not made by `grader release`, or was changed since" in done.err
    assert grader(*call, "--force").out.endswith("(replaced)\n")


def test_what_is_left_for_grading_is_counted(grader, tmp_path):
    done = grader("release", "maximum_likelihood", "--out", tmp_path, "--json")
    (released,) = done.json["released"]
    assert released["left_for_grading"] >= 1
    assert " more at grading " in grader("release", "--out", tmp_path).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("coin",), "no unit `coin`; did you mean `coins`?"),
        (("--student", "a/b"), "cannot be the name of a folder"),
    ],
)
def test_a_wrong_call_is_told(grader, course, tmp_path, arguments, said):
    done = grader("release", *arguments, "--course", course, "--out", tmp_path / "out")
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert not (tmp_path / "out").exists()
