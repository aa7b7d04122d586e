"""``grader new``: what it makes, and what it says."""

from __future__ import annotations

import json
import shlex

import pytest

from grader.authoring.new import example_files
from grader.cli import new
from grader.course import load_course
from tests.cli.conftest import ROOT
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
    assert advice == "Replace every FILL_IN, then run `grader prove cube`."


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
        (("exercise", "two_heads", "--unit", "coins"), "already exists"),
    ],
)
def test_a_wrong_call_is_told(grader, course, arguments, said):
    done = grader("new", *arguments, "--course", course)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


# A course


def made(grader, folder, *options):
    done = grader("new", "course", folder, *options)
    assert (done.status, done.err) == (0, "")
    return done.out


def test_a_new_course_loads_and_says_what_to_do_next(grader, tmp_path):
    folder = tmp_path / "my-first_course"
    *files, said, prove, release, new = made(grader, folder).splitlines()
    assert all(name.startswith(f"{folder}/") for name in files)
    assert said.endswith(f"{folder}/README.md says what to do next:")
    assert [line.split()[1] for line in (prove, release, new)] == ["prove", "release", "new"]
    assert all(line.endswith(f"--course {folder}") for line in (prove, release, new))
    course = load_course(folder)
    assert course.title == "My first course"
    assert len(course.secret) >= 16
    (exercise,) = course.exercises.values()
    assert {check.visible for check in exercise.checks} == {True, False}
    assert (len(exercise.accepted), len(exercise.mistakes)) == (1, 3)
    readme = (folder / "README.md").read_text()
    assert all(word in readme for word in ("grader prove", "grader release", "grader grade"))
    assert "$" not in readme


def test_each_new_course_has_a_secret_of_its_own(grader, tmp_path):
    secrets = set()
    for name in ("a", "b"):
        made(grader, tmp_path / name)
        secrets.add(load_course(tmp_path / name).secret)
    assert len(secrets) == 2


def test_a_title_of_a_course_is_read_back_as_it_was_given(grader, tmp_path):
    made(grader, tmp_path / "a", "--title", "Größe: 'a' \\ \"b\" #1")
    assert load_course(tmp_path / "a").title == "Größe: 'a' \\ \"b\" #1"


def test_json_of_a_course_is_all_that_is_printed(grader, tmp_path):
    told = json.loads(made(grader, tmp_path / "a", "--json"))
    assert told["folder"] == str(tmp_path / "a")
    assert len(told["files"]) == 8


def test_an_exercise_can_be_added_to_a_new_course_at_once(grader, tmp_path):
    made(grader, tmp_path)
    done = grader("new", "exercise", "square", "--unit", "information", "--course", tmp_path)
    assert done.status == 0
    assert list(load_course(tmp_path).exercises) == ["entropy", "square"]


# The example course


def test_the_example_is_the_course_of_the_checkout_with_a_secret_of_its_own(grader, tmp_path):
    folder = tmp_path / "example"
    made(grader, folder, "--example")
    copy, original = load_course(folder), load_course(ROOT)
    assert (copy.title, list(copy.exercises)) == (original.title, list(original.exercises))
    assert len(copy.secret) >= 16
    assert original.secret == ""
    for name in ("exercises", "solutions"):
        files = [path for path in (ROOT / name).rglob("*.[py]*") if "__pycache__" not in path.parts]
        assert len(files) > 20
        for path in files:
            written = folder / path.relative_to(ROOT)
            assert written.name == "course.yaml" or written.read_bytes() == path.read_bytes()


def test_what_an_example_s_course_yaml_says_of_itself_holds(grader, tmp_path):
    made(grader, tmp_path, "--example", "--title", "Größe: 'a' \\ \"b\" #1")
    assert load_course(tmp_path).title == "Größe: 'a' \\ \"b\" #1"
    assert (tmp_path / "exercises" / "../docs/schema/course.json").is_file()
    readme = (tmp_path / "README.md").read_text()
    assert "$" not in readme
    submissions = {path.stem for path in (tmp_path / "submissions").iterdir()}
    assert {line.split("`")[1] for line in readme.splitlines() if line.startswith("| `")} == (
        submissions
    )


@pytest.mark.strong
def test_the_command_that_is_printed_grades_the_sample_submissions(grader, tmp_path):
    *_, said, grade, prove, release = made(grader, tmp_path / "it's", "--example").splitlines()
    assert said.endswith("README.md says what to do next:")
    assert [line.split()[1] for line in (grade, prove, release)] == ["grade", "prove", "release"]
    arguments = shlex.split(grade)[1:]
    only = ("--student", "mistake-kl-nan-on-zero", "--exercise", "kl_asymmetry")
    done = grader(*arguments, "--out", tmp_path, *only)
    assert (done.status, done.err) == (0, "")
    assert "6.75/10  graded      kl_asymmetry 6.75/10 (nan_on_zero)" in done.out


def test_where_packages_are_missing_their_command_comes_first(grader, tmp_path, monkeypatch):
    monkeypatch.setattr(new, "find_spec", lambda name: None if name == "pandas" else name)
    *_, said, install, grade, _, _ = made(grader, tmp_path, "--example").splitlines()
    assert said.endswith("what to do next:")
    assert install == "  pip install 'notebook-grader[course]'"
    assert grade.startswith("  grader grade ")


def test_only_an_example_has_a_folder_where_none_is_named(grader, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert grader("new", "course", "--example").status == 0
    assert (tmp_path / "example-course" / COURSE).is_file()
    assert "Name the folder of the course" in grader("new", "course", "--title", "x").err


def test_an_example_that_was_not_installed_is_reported(grader, tmp_path, monkeypatch):
    monkeypatch.setattr(example_files, "files_in_checkout", lambda _: {})
    done = grader("new", "course", tmp_path, "--example")
    assert done.status == 2
    assert "The example course was not installed with this grader" in done.err


def test_nothing_is_written_over_by_an_example(grader, tmp_path):
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "blank-starter.ipynb").write_text("mine")
    done = grader("new", "course", tmp_path, "--example")
    assert (done.status, done.out) == (2, "")
    assert "already exists and is not overwritten" in done.err
    assert len(list(tmp_path.rglob("*"))) == 2


@pytest.mark.strong
def test_a_new_course_is_proven_and_released_as_it_is(grader, tmp_path):
    made(grader, tmp_path / "course")
    proof = grader("prove", "--course", tmp_path / "course", "--json").json
    assert proof["holds"]
    (exercise,) = proof["exercises"]
    assert exercise["mutants"]["made"] == exercise["mutants"]["caught"] > 30
    out = ("--out", tmp_path / "release")
    assert grader("release", "--course", tmp_path / "course", *out).status == 0
    solved = ("--solutions", "--out", tmp_path / "solved")
    assert grader("release", "--course", tmp_path / "course", *solved).status == 0
    notebook = tmp_path / "solved" / "information_solutions.ipynb"
    assert grader("check", notebook, "--checks", tmp_path / "release/information.ipynb").status == 0


@pytest.mark.parametrize(
    "there",
    ["README.md", "exercises/mine.txt", "solutions/information/mine.py", "exercises", "solutions"],
)
def test_nothing_is_written_over(grader, tmp_path, there):
    path = tmp_path / there
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    done = grader("new", "course", tmp_path)
    assert (done.status, done.out) == (2, "")
    assert "already exists and is not overwritten" in done.err
    assert sorted(tmp_path.rglob("*")) == before
    assert path.read_text() == "mine"


def test_a_course_that_is_there_is_told_with_how_to_add_to_it(grader, course):
    before = (course / COURSE).read_text()
    done = grader("new", "course", course)
    assert done.status == 2
    assert f"There is a course in {course} already" in done.err
    assert f"grader new exercise ID --unit UNIT --course {course}" in done.err
    assert (course / COURSE).read_text() == before


def test_a_file_is_no_folder_for_a_course(grader, tmp_path):
    (tmp_path / "file").touch()
    done = grader("new", "course", tmp_path / "file")
    assert "is a file: name a folder" in done.err


@pytest.mark.parametrize(
    "command",
    [
        ("prove",),
        ("release",),
        ("regrade",),
        ("grade", "examples/submissions/mistake-kl-nan-on-zero.ipynb"),
        ("gradebook", "show"),
        ("gradebook", "history", "ada"),
        ("gradebook", "export"),
        ("gradebook", "override", "ada", "kl", "1", "--why", "so"),
        ("new", "exercise", "cube", "--unit", "coins"),
    ],
)
def test_a_command_without_a_course_says_how_to_make_one(grader, tmp_path, command):
    done = grader(*command, "--course", tmp_path)
    assert (done.status, done.out) == (2, "")
    assert "There is no course here" in done.err
    assert "grader new course my-course" in done.err
    assert "grader new exercise ID --unit UNIT --course my-course" in done.err
