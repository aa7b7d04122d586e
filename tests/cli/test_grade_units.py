"""A class that hands in a notebook for each unit: one student in the gradebook."""

from __future__ import annotations

import csv
import os

import pytest

from tests.course import tiny, two_units
from tests.notebooks import notebook_bytes


@pytest.fixture
def call(grader, tmp_path):
    tiny.write(tmp_path / "course", two_units.files())
    for name, answer in {
        "hw1": "def two_heads(p):\n    return p",
        "hw1 (1)": "def two_heads(p):\n    return p * p",
        "hw2": "def two_sixes(p):\n    return p * p",
    }.items():
        path = tmp_path / "work" / "ada" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(notebook_bytes([answer]))
    os.utime(tmp_path / "work" / "ada" / "hw1.ipynb", (1_000, 1_000))

    def run(*arguments):
        course = ("--course", tmp_path / "course")
        return grader(*arguments, *course)

    return run


def grade(call, tmp_path, *options):
    out = ("--out", tmp_path / "out", "--isolation", "none", "--jobs", "1")
    done = call("grade", tmp_path / "work", *out, *options)
    assert done.status == 0, done.err
    return done


def test_each_unit_has_a_line_and_the_gradebook_one_student(call, tmp_path, gradebook):
    book = ("--gradebook", gradebook)
    done = grade(call, tmp_path, *book)
    assert [line.split()[:2] for line in done.out.splitlines()[:2]] == [
        ["ada/coins", "3/3"],
        ["ada/dice", "3/3"],
    ]
    assert "Mean of 1 student: 6 of 6 points" in done.out
    assert f"  {tmp_path}/work/ada/hw1.ipynb: is an older file than the one" in done.out
    (row,) = csv.DictReader(call("gradebook", "export", *book).out.splitlines())
    assert (row["student"], row["two_heads"], row["two_sixes"]) == ("ada", "3.0", "3.0")
    before = call("gradebook", "export", "--canonical", *book).out
    grade(call, tmp_path, *book)
    assert call("gradebook", "export", "--canonical", *book).out == before


def test_one_unit_of_a_student_can_be_graded_alone(call, tmp_path):
    assert grade(call, tmp_path, "--unit", "dice").out.split()[:2] == ["ada", "3/3"]


@pytest.mark.parametrize(("student", "count"), [("ada", 2), ("ada/dice", 1)])
def test_a_student_is_chosen_with_all_units_or_with_one(call, tmp_path, student, count):
    assert f"{count} submission" in grade(call, tmp_path, "--student", student).out


def test_a_student_who_is_not_there_is_told_beside_some_who_are(call, tmp_path):
    done = call("grade", tmp_path / "work", "--isolation", "none", "--student", "bob")
    assert done.status == 2
    assert "No submission is from `bob`. Among them are: `ada/coins`, `ada/dice`." in done.err


def marked(exercise, source):
    """Return a cell as `grader release` marks it."""
    metadata = {"grader": {"exercise": exercise}}
    return {"cell_type": "code", "metadata": metadata, "source": source}


def test_a_notebook_is_charged_with_the_units_that_it_is_about(grader, tmp_path):
    course = tiny.write(tmp_path / "course", two_units.files())
    coins, dice = "def two_heads(p):\n    return p * p", "def two_sixes(p):\n    return p * p"
    class_ = {
        "coins": [coins],
        "both": [coins, dice],
        "dice-untouched": [marked("two_heads", coins), marked("two_sixes", "...")],
        "coins-untouched": [marked("two_heads", "...")],
        "nothing": ["print(1)"],
    }
    (tmp_path / "work").mkdir()
    for name, cells in class_.items():
        (tmp_path / "work" / f"{name}.ipynb").write_bytes(notebook_bytes(cells))
    out = ("--out", tmp_path / "out", "--isolation", "none", "--jobs", "1")
    done = grader("grade", tmp_path / "work", "--course", course, *out)
    lines = [line.split() for line in done.out.splitlines()]
    assert {line[0]: line[1] for line in lines[:5]} == {
        "coins": "3/3",
        "both": "6/6",
        "dice-untouched": "3/6",
        "coins-untouched": "0/3",
        "nothing": "0/6",  # nothing shows what it was to be
    }
    with (tmp_path / "out" / "grades.csv").open(newline="") as file:
        dice_of = {row["student"]: row["two_sixes"] for row in csv.DictReader(file)}
    assert dice_of == {
        "coins": "",
        "both": "3.0",
        "dice-untouched": "0.0",
        "coins-untouched": "",
        "nothing": "0.0",
    }
