"""Grading and checking from Python: each way to give a notebook, each way that a call is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

import grader
from grader.errors import CourseError, GraderError, UsageError
from tests.course import tiny

RIGHT = "def two_heads(p):\n    return p * p\n"
WRONG = "def two_heads(p):\n    return p + p\n"
NO_ISOLATION = {"isolation": "none"}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return grader.load_course(tiny.write(tmp_path_factory.mktemp("course"), tiny.files()))


def notebook_of(*cells):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


def children():
    """Return the processes that this one has started and not seen end."""
    tasks = Path("/proc/self/task").iterdir()
    return {pid for task in tasks for pid in (task / "children").read_text().split()}


def test_a_path_the_bytes_and_a_node_of_one_notebook_get_one_grade(course, tmp_path):
    node = notebook_of(RIGHT)
    path = tmp_path / "ada.ipynb"
    path.write_text(nbformat.writes(node))
    given = [path, str(path), path.read_bytes(), node, json.loads(path.read_text())]
    results = [grader.grade(each, course=course, **NO_ISOLATION) for each in given]
    assert {(each.status, each.score, each.max_score) for each in results} == {("graded", 3, 3)}
    assert [each.student for each in results] == ["ada", "ada", "", "", ""]


def test_a_course_is_a_folder_or_one_that_was_loaded(course):
    node = notebook_of(WRONG)
    results = [
        grader.grade(node, course=each, **NO_ISOLATION)
        for each in (course, course.folder, str(course.folder))
    ]
    assert len({each.model_dump_json(exclude={"seconds"}) for each in results}) == 1
    assert results[0].score == 0


def test_files_lie_beside_the_notebook(course):
    cells = ("print(open('data.csv').read())", RIGHT)
    files = {"data.csv": b"1,2"}
    with_file = grader.grade(notebook_of(*cells), course=course, files=files, **NO_ISOLATION)
    without = grader.grade(notebook_of(*cells), course=course, **NO_ISOLATION)
    assert not with_file.cells
    assert "data.csv" in without.cells[0].error


def test_a_notebook_that_cannot_be_read_is_a_result(course):
    result = grader.grade(b"{", course=course, **NO_ISOLATION)
    assert result.status == "unreadable"
    assert "notebook.ipynb" in result.reason


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exercises": ["heads"]}, "no exercise `heads`"),
        ({"units": ["dice"]}, "no unit `dice`"),
        ({"isolation": "firm"}, "no tier `firm`: choose strong, basic, none"),
        ({"engine": "steam"}, "no engine `steam`: choose sandbox, jupyter"),
    ],
)
def test_a_call_that_does_not_fit_is_refused(course, options, message):
    with pytest.raises(UsageError, match=message):
        grader.grade(notebook_of(), course=course, **NO_ISOLATION | options)


def test_a_path_that_leads_to_several_notebooks_is_refused(course, tmp_path):
    for name in ("ada", "bob"):
        (tmp_path / f"{name}.ipynb").write_text(nbformat.writes(notebook_of()))
    with pytest.raises(UsageError, match=r"holds 2 notebooks, and .*takes one"):
        grader.grade(tmp_path, course=course, **NO_ISOLATION)


def test_no_process_is_left_of_a_call_that_failed(tmp_path):
    texts = tiny.files() | {tiny.EXERCISE: "title: nothing else\n"}
    folder, before = tiny.write(tmp_path, texts), children()
    for call in (grader.grade, grader.check):
        with pytest.raises(CourseError):
            call(notebook_of(), course=folder, **NO_ISOLATION)
    with pytest.raises(CourseError), grader.grade_class("x.ipynb", course=folder, isolation="none"):
        pass
    assert children() == before


def test_a_class_is_stored_in_its_gradebook_and_graded_once(course, tmp_path):
    for name, cell in (("ada", RIGHT), ("bob", WRONG)):
        (tmp_path / f"{name}.ipynb").write_text(nbformat.writes(notebook_of(cell)))
    book = tmp_path / "gradebook.db"
    for _ in range(2):
        with grader.grade_class(
            [tmp_path], course=course, gradebook=book, jobs=1, **NO_ISOLATION
        ) as run:
            assert [(each.student, each.score) for each in run] == [("ada", 3), ("bob", 0)]
    again = grader.regrade(book, course=course, dry_run=True)
    assert [each.status for each in again] == ["unchanged", "unchanged"]


def test_a_check_reports_as_a_value(course, tmp_path):
    report = grader.check(notebook_of(RIGHT), course=course)
    assert report.passed
    assert report.result.score == 1
    assert "2 more points are decided when it is graded." in repr(report)
    assert "Two heads in a row" in report._repr_html_()
    assert not grader.check(notebook_of(WRONG), course=course).passed
    every = grader.check(notebook_of(RIGHT), course=course, hidden=True)
    assert every.result.score == 3


def test_what_hidden_checks_ask_is_not_in_a_report(course):
    report = grader.check(notebook_of(WRONG), course=course, hidden=True)
    graded = grader.grade(notebook_of(WRONG), course=course, **NO_ISOLATION)
    hidden = [check.message for check in graded.exercises[0].checks if not check.visible]
    assert hidden
    for text in (repr(report), report._repr_html_(), report.result.model_dump_json()):
        assert not any(message in text for message in hidden)


def test_a_notebook_that_fails_as_a_whole_has_not_passed(course):
    report = grader.check(b"{", course=course)
    assert not report.passed
    assert report.result.reason in repr(report)


def test_a_string_is_a_path_where_it_ends_so_or_a_course_is_named(course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for given, options in (("ada.ipynb", {}), ("ada", {"course": course})):
        with pytest.raises(GraderError, match="does not exist"):
            grader.check(given, **options)
    with pytest.raises(GraderError, match="run the set-up cell"):
        grader.check("two_heads")


def test_only_what_the_course_folder_holds_needs_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="needs the course's folder"):
        grader.check(notebook_of(), hidden=True)
    with pytest.raises(GraderError, match="no checks in the notebook"):
        grader.check(notebook_of())
