"""A folder without a course: where one is, or how to make one."""

from __future__ import annotations

import pickle

import pytest

from grader.course import load_course
from grader.course.nearby import courses_near
from grader.errors import NoCourseError
from tests.course.tiny import COURSE, files, write

MAKE = """\
To make one:    grader new course my-course
To add to it:   grader new exercise ID --unit UNIT --course my-course"""


def told(folder):
    with pytest.raises(NoCourseError) as caught:
        load_course(folder)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    return str(caught.value).splitlines()


def test_an_empty_folder_is_told_with_the_commands_that_make_a_course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second, *rest = told(tmp_path)
    assert first == "There is no course here:"
    assert second.startswith(
        f"  {tmp_path / COURSE}:1: a course needs this file, and it is missing"
    )
    assert rest == MAKE.splitlines()


def test_a_folder_that_does_not_exist_and_a_file_are_told(tmp_path):
    assert f"the folder `{tmp_path / 'x'}` does not exist" in told(tmp_path / "x")[1]
    (tmp_path / "x").touch()
    assert "a course is a folder, and this is a file" in told(tmp_path / "x")[1]


@pytest.mark.parametrize("inside", ["exercises", "exercises/coins", "solutions/coins/two_heads"])
def test_a_course_around_the_folder_is_named(tmp_path, monkeypatch, inside):
    folder = write(tmp_path / "mine", files())
    monkeypatch.chdir(folder / inside)
    up = "/".join([".."] * (inside.count("/") + 1))
    assert told(folder / inside)[-1] == f"Found `{up}`: name it with --course {up}"


def test_courses_below_the_folder_are_named_but_no_more_than_three(tmp_path, monkeypatch):
    for name in ("a", "b/deep", "c", "d", ".hidden", "too/deep/to/find"):
        write(tmp_path / name, files())
    monkeypatch.chdir(tmp_path)
    lines = [line.split("`")[1] for line in told(tmp_path) if line.startswith("Found")]
    assert lines == ["a", "c", "d"]
    assert MAKE.splitlines()[0] not in told(tmp_path)


def test_what_is_named_works(tmp_path, monkeypatch):
    write(tmp_path / "mine", files())
    monkeypatch.chdir(tmp_path)
    ((near, around),) = courses_near(tmp_path)
    assert (load_course(near).title, around) == ("A first course", False)


def test_a_course_file_that_stands_one_folder_too_high_is_told(tmp_path):
    write(tmp_path, {"course.yaml": files()[COURSE]})
    assert told(tmp_path)[1].endswith("move `course.yaml` to `exercises/course.yaml`")


def test_a_folder_that_may_not_be_read_is_passed_over(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(path)

    monkeypatch.setattr("grader.course.nearby.os.scandir", refuse)
    assert list(courses_near(tmp_path)) == []


def test_a_large_tree_is_not_searched_through(tmp_path, monkeypatch):
    monkeypatch.setattr("grader.course.nearby._MOST_FOLDERS", 3)
    for number in range(5):
        (tmp_path / f"folder{number}").mkdir()
    write(tmp_path / "late", files())
    assert list(courses_near(tmp_path)) == []
