"""``grader grade``: its files, its lines, its exit status."""

from __future__ import annotations

import csv
import json
import re
import sys
import zipfile
from pathlib import Path

import jsonschema
import pytest

from grader.results import results_schema
from tests.course import tiny

SAMPLES = "examples/submissions"
RIGHT = f"{SAMPLES}/right-plain-python.ipynb"
WRONG = f"{SAMPLES}/mistake-kl-log2.ipynb"
EMPTY_FILE = f"{SAMPLES}/unreadable-empty-file.ipynb"
KL = ("--exercise", "kl_asymmetry")
OPEN = ("--isolation", "none", "--jobs", "1")


@pytest.fixture
def options(tmp_path):
    return (*KL, *OPEN, "--out", tmp_path / "grades")


def two_heads_course(folder, **files):
    """Write the small course, and a right answer to it; return both."""
    course = tiny.write(folder / "course", tiny.files() | files)
    answer = {"cell_type": "code", "source": "def two_heads(p):\n    return p * p"}
    notebook = folder / "ada.ipynb"
    notebook.write_text(json.dumps({"cells": [answer], "nbformat": 4, "metadata": {}}))
    return course, notebook


@pytest.mark.strong
def test_a_class_is_graded_at_strong_unless_told_otherwise(grader, tmp_path):
    done = grader("grade", RIGHT, WRONG, *KL, "--jobs", "2", "--json", "--out", tmp_path)
    assert (done.status, done.err) == (0, "")
    assert done.json["isolation"] == "strong"
    assert [one["score"] for one in done.json["submissions"]] == [10, 4]


def test_each_submission_has_a_line_and_the_run_a_summary(grader, options, tmp_path):
    done = grader("grade", RIGHT, WRONG, *options)
    right, wrong, summary, mean, written, note = done.out.splitlines()
    assert right.split() == ["right-plain-python", "10/10", "graded"]
    assert wrong.split() == ["mistake-kl-log2", "4/10", "graded", "kl_asymmetry", "4/10", "(log2)"]
    assert summary.startswith("2 submissions in ")
    assert mean == "Mean of 2 students: 7 of 10 points"
    assert note.startswith("Warning: course.yaml has no `secret`")
    assert str(tmp_path / "grades" / "results.json") in written
    assert (done.status, done.err) == (0, "")


def test_a_unit_is_graded_alone_or_beside_an_exercise(grader, tmp_path):
    kl = ("--unit", "loss_functions", *KL, *OPEN, "--json", "--out", tmp_path)
    graded = {one["id"] for one in grader("grade", RIGHT, *kl).json["submissions"][0]["exercises"]}
    assert {"kl_asymmetry", "stable_nll"} <= graded
    assert "hth_likelihood" not in graded


def test_a_course_with_a_secret_is_not_told_to_state_one(grader, tmp_path):
    course, notebook = two_heads_course(tmp_path)
    settings = course / "exercises" / "course.yaml"
    settings.write_text(settings.read_text() + "\nsecret: of sixteen letters and more\n")
    done = grader("grade", notebook, "--course", course, *OPEN, "--out", tmp_path / "grades")
    assert "Note:" not in done.out
    assert done.status == 0


def test_a_file_that_is_no_submission_is_listed_not_lost(grader, options, tmp_path):
    handed_in = tmp_path / "in"
    handed_in.mkdir()
    (handed_in / "notes.txt").write_text("bring coffee")
    (handed_in / "ada.ipynb").write_bytes(Path(RIGHT).read_bytes())
    done = grader("grade", handed_in, *options)
    assert "Ignored: " in done.out
    assert "notes.txt" in done.out
    document = json.loads((tmp_path / "grades" / "results.json").read_text(encoding="utf-8"))
    assert [Path(one["path"]).name for one in document["ignored"]] == ["notes.txt"]


def test_json_is_all_that_is_printed_and_what_the_file_holds(grader, options, tmp_path):
    done = grader("grade", RIGHT, WRONG, EMPTY_FILE, *options, "--json")
    jsonschema.validate(done.json, results_schema())
    assert done.out == (tmp_path / "grades" / "results.json").read_text(encoding="utf-8")
    assert done.err == ""


def test_the_table_has_a_row_for_each_student_and_a_column_for_each_exercise(
    grader, options, tmp_path
):
    grader("grade", WRONG, f"{SAMPLES}/=1+1.ipynb", EMPTY_FILE, *options)
    with (tmp_path / "grades" / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["student"], row["kl_asymmetry"]) for row in rows] == [
        ("mistake-kl-log2", "4.0"),
        ("'=1+1", "10.0"),  # no spreadsheet takes it for a formula
        ("unreadable-empty-file", ""),
    ]


def test_a_submission_that_cannot_be_graded_makes_the_exit_status_3(grader, options):
    done = grader("grade", RIGHT, EMPTY_FILE, *options)
    assert done.status == 3
    assert "1 graded, 1 unreadable" in done.out
    assert "`unreadable-empty-file.ipynb` is empty. Save the notebook in Jupyter" in done.out


def test_a_check_that_is_broken_costs_nothing_and_makes_the_exit_status_3(grader, tmp_path):
    wrong_case = tiny.changed(tiny.EXERCISE, "expected: 0.25", "expected: 0.5")
    course, notebook = two_heads_course(tmp_path, **wrong_case)
    done = grader("grade", notebook, "--course", course, *OPEN, "--out", tmp_path / "grades")
    assert done.status == 3
    assert "3/3" in done.out
    assert "Broken check (1 submission): two_heads / A fair coin: " in done.out


def test_names_from_students_reach_no_terminal_as_commands(grader, options):
    done = grader("grade", f"{SAMPLES}/zip-of-odd-names.zip", *options)
    assert "\x1b" not in done.out
    assert r"\x1b[2J\x1b[31mall full marks" in done.out


def on_screen(text):
    """Return the lines that a terminal is left with: what was erased is gone."""
    erased = re.sub(r"[^\n]*\x1b\[2K", "", text)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", erased).splitlines()


def test_a_terminal_shows_how_far_it_is_beside_whole_lines(grader, options, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    done = grader("grade", RIGHT, EMPTY_FILE, *options)
    assert "1/2" in done.out
    assert done.err == ""
    lines = [line for line in on_screen(done.out) if not line.startswith("Grading")]
    right, empty, *_ = (line for line in lines if line)
    assert right == "right-plain-python        10/10  graded"
    assert empty == "unreadable-empty-file      0/10  unreadable  `unreadable-empty-file.i…"


def test_lines_that_go_into_a_file_leave_the_bar_on_the_terminal(grader, options, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    done = grader("grade", RIGHT, *options)
    assert "Grading" in done.err
    assert "\x1b" not in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument"),
        (("nobody.ipynb",), "`nobody.ipynb` does not exist."),
        ((RIGHT, "--jobs", "-1"), "Invalid value for '--jobs'"),
        ((RIGHT, "--jobs", "0"), "Invalid value for '--jobs'"),
        ((RIGHT, "--seed", "one"), "Invalid value for '--seed'"),
        ((RIGHT, "--isolation", "some"), "Invalid value for '--isolation'"),
        ((RIGHT, "--exercise", "kl"), "The course has no exercise `kl`; it has: hth_likelihood,"),
        (
            (RIGHT, "--unit", "all"),
            "The course has no unit `all`; it has: maximum_likelihood, loss",
        ),
        (
            (RIGHT, "--course", "docs"),
            "docs/exercises/course.yaml:1: a course needs this file, and it is missing",
        ),
        ((RIGHT, "--engine", "jupyter"), "The engine `jupyter` has no isolation"),
        ((RIGHT, "--engine", "jupyter", "--isolation", "basic"), "so it cannot run with `basic`"),
    ],
)
def test_a_wrong_call_is_told_and_nothing_is_written(grader, tmp_path, arguments, said):
    out = tmp_path / "grades"
    done = grader("grade", *arguments, "--out", out)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert not out.exists()


def test_a_folder_without_notebooks_is_a_wrong_call(grader, tmp_path):
    done = grader("grade", tmp_path, *OPEN)
    assert (done.status, done.out) == (2, "")
    advice = "Name notebooks, or folders or zips of them."
    assert done.err == f"grader: No notebook found in `{tmp_path}`: it is empty. {advice}\n"
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / "hw.p\x1b.py").touch()
    done = grader("grade", tmp_path, *OPEN)
    assert f"`{tmp_path}`: it holds `hw.p\\x1b.py` (a Python program). {advice}" in done.err


def test_why_a_submission_was_not_graded_is_told_in_full_at_the_end(grader, tmp_path):
    course, _ = two_heads_course(tmp_path)
    work = tmp_path / "work"
    (work / "bob\x1b[2J").mkdir(parents=True)
    (work / "ada.ipynb").write_bytes(b"")
    with zipfile.ZipFile(work / "carl.zip", "w") as archive:
        archive.writestr("hw/.ipynb_checkpoints/hw-checkpoint.ipynb", "{}")
    done = grader("grade", work, "--course", course, *OPEN, "--out", tmp_path / "grades")
    told = done.out.splitlines()
    begin = told.index("Not graded (3 submissions):")
    ada, bob, carl = told[begin + 1 : begin + 4]
    assert ada.startswith("  ada: `ada.ipynb` is empty. Save the notebook in Jupyter, ")
    assert bob == (
        "  bob\\x1b[2J: `bob\\x1b[2J` holds no notebook: it is empty. Hand in the .ipynb file."
    )
    assert carl == (
        "  carl: `carl.zip` holds no notebook: it holds `.ipynb_checkpoints` (copies that Jupyter "
        "keeps for itself). Hand in the .ipynb file."
    )
    assert done.status == 3


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_graded(grader, tmp_path):
    (tmp_path / "taken").write_text("a file")
    done = grader("grade", RIGHT, *KL, *OPEN, "--out", tmp_path / "taken")
    assert (done.status, done.out) == (2, "")
    assert f"Cannot write into {tmp_path / 'taken'}" in done.err
    assert "Choose another --out." in done.err


def test_every_fault_of_a_course_is_told_with_its_file_and_line(grader, tmp_path):
    text = tiny.files()[tiny.EXERCISE].replace("hint: Try", "hin: Try").replace("trials:", "tries:")
    course, notebook = two_heads_course(tmp_path, **{tiny.EXERCISE: text})
    done = grader("grade", notebook, "--course", course)
    assert (done.status, done.out) == (2, "")
    headline, *faults = done.err.splitlines()
    assert headline == "grader: The course has 2 faults:"
    wrong = {"hin: Try p = 0 and p = 1 by hand.", "tries: 10"}
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() in wrong]
    assert [fault.split(": ")[0] for fault in faults] == [
        f"  {course / tiny.EXERCISE}:{line}" for line in lines
    ]


def test_the_gradebook_is_beside_the_results_where_nothing_else_is_said(
    grader, options, tmp_path, monkeypatch
):
    monkeypatch.delenv("GRADER_GRADEBOOK", raising=False)
    done = grader("grade", RIGHT, *options)
    assert (tmp_path / "grades" / "gradebook.db").is_file()
    assert f" and {tmp_path / 'grades' / 'gradebook.db'}\n" in done.out


@pytest.mark.postgres
def test_a_class_is_graded_into_postgresql_and_no_password_is_shown(
    grader, options, postgres, monkeypatch, tmp_path
):
    address = postgres.new_database().replace("grader@", "grader:hunter2@")
    monkeypatch.setenv("GRADER_GRADEBOOK", address)
    done = grader("grade", RIGHT, *options)
    assert (done.status, "1 graded" in done.out) == (0, True), done.err
    verified = grader("gradebook", "verify")
    exported = grader("gradebook", "export", "--canonical")
    written = [path.read_text() for path in (tmp_path / "grades").iterdir()]
    told = "".join([done.out, done.err, verified.out, exported.out, *written])
    assert "hunter2" not in told
    assert told.count("grader:***@") == 2


@pytest.mark.parametrize("command", [("grade",), ("regrade",), ("gradebook", "show")])
def test_help_names_the_variable_of_the_gradebook_and_not_what_is_in_it(
    grader, monkeypatch, command
):
    monkeypatch.setenv("GRADER_GRADEBOOK", "postgresql://ada:hunter2@db/class")
    monkeypatch.setenv("COLUMNS", "200")
    said = grader(*command, "--help").out
    assert "env var: GRADER_GRADEBOOK" in said
    assert "hunter2" not in said


def test_the_version_is_told(grader):
    assert grader("--version").out.startswith("grader ")
