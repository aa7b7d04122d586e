"""``grader new``: what it makes, and what it says."""

from __future__ import annotations

import pytest

from tests.course.tiny import COURSE, files, write


@pytest.fixture
def course(tmp_path):
    return write(tmp_path, files())


def test_it_tells_what_it_made_and_what_to_do(grader, course):
    done = grader("new", "exercise", "cube", "--unit", "coins", "--course", course)
    assert (done.status, done.err) == (0, "")
    *made, listed, advice = done.out.splitlines()
    assert made == [
        str(course / "exercises" / "coins" / "cube.yaml"),
        *(
            str(course / "solutions" / "coins" / "cube" / name)
            for name in ("reference.py", "accepted/another_style.py", "mistakes/a_mistake.py")
        ),
    ]
    assert listed == f"{course / COURSE} lists it."
    assert advice == "Fill every FILL_IN, then run `grader prove cube`."


def test_json_is_all_that_is_printed(grader, course):
    call = ("exercise", "cube", "--unit", "coins", "--course", course, "--title", "Cubes", "--json")
    done = grader("new", *call)
    assert (done.json["id"], done.json["unit"], done.json["listed"]) == ("cube", "coins", True)
    assert len(done.json["files"]) == 4
    assert done.json["advice"] == ""
    assert 'title: "Cubes"' in (course / "exercises/coins/cube.yaml").read_text()


def test_where_course_yaml_cannot_be_added_to_the_line_is_told(grader, course):
    (course / COURSE).write_text(
        "title: A\nunits: [{id: coins, title: Coins, exercises: [two_heads]}]\n"
    )
    call = ("new", "exercise", "cube", "--unit", "other", "--course", course)
    assert "Add a unit to " in grader(*call).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("exercise", "cube"), "Missing option '--unit'"),
        (("unit", "cube", "--unit", "coins"), "is not one of 'exercise'"),
        (("exercise", "two heads", "--unit", "coins"), "is not a name"),
        (("exercise", "two_heads", "--unit", "coins"), "is there already"),
    ],
)
def test_a_wrong_call_is_told(grader, course, arguments, said):
    done = grader("new", *arguments, "--course", course)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err
