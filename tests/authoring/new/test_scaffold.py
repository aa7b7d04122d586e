"""A new exercise: its files, its place in course.yaml, and that filled blanks make it whole."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from grader.authoring.new.scaffold import prepare_scaffold, write_scaffold
from grader.checks.students.local import LocalStudent
from grader.course import load_course, load_program
from grader.errors import UsageError
from grader.grading.preparation import prepare_course
from tests.course.tiny import COURSE, files, write

FILLED = {
    "reference.py": "def square(x):\n    return x**2\n",
    "accepted/another_style.py": "def square(x):\n    return x * x\n",
    "mistakes/a_mistake.py": "def square(x):\n    return x + x\n",
}


def scaffolded(folder: Path, unit="coins", texts=None, **how) -> Path:
    course = write(folder, texts or files())
    write_scaffold(prepare_scaffold(course, "square", unit, **how))
    return course


def fill(course: Path) -> None:
    """Fill the blanks: the programs, and the texts."""
    for name, text in FILLED.items():
        (course / "solutions" / "coins" / "square" / name).write_text(text)
    path = course / "exercises" / "coins" / "square.yaml"
    path.write_text(path.read_text().replace("FILL_IN", "Squares are"))


@pytest.mark.parametrize("unit", ["coins", "a_new_unit"])
def test_a_scaffold_loads_before_a_blank_is_filled(tmp_path, unit):
    course = load_course(scaffolded(tmp_path, unit))
    exercise = course.exercises["square"]
    assert (exercise.unit, exercise.title, exercise.points) == (unit, "Square", 5)
    assert {check.kind for check in exercise.checks} == {"function", "property"}
    assert {check.visible for check in exercise.checks} == {True, False}
    assert list(course.exercises) == ["two_heads", "square"]


def test_blanks_that_are_left_are_faults_of_its_reference(tmp_path):
    preparation = prepare_course(load_course(scaffolded(tmp_path)), only=["square"])
    assert len(preparation.faults) == 3
    assert "FILL_IN the right answer" in str(preparation.faults[0][2])


def judged(preparation, path: Path) -> Decimal:
    """Return the points that a program gets."""
    student = LocalStudent(load_program(path))
    verdicts = [(c.check, c.check.judge(c.prepared, student)) for c in preparation.checks]
    return sum((check.points for check, verdict in verdicts if verdict.passed), Decimal(0))


def test_with_its_blanks_filled_every_program_gets_what_it_should(tmp_path):
    course = scaffolded(tmp_path)
    fill(course)
    preparation = prepare_course(load_course(course), only=["square"])
    assert preparation.faults == ()
    (ready,) = preparation.exercises
    assert judged(ready, ready.exercise.reference) == 5
    assert [judged(ready, path) for path in ready.exercise.accepted] == [5]
    assert [judged(ready, mistake.program) for mistake in ready.exercise.mistakes] == [0]


@pytest.mark.strong
def test_with_its_blanks_filled_it_is_proven_and_not_before(grader, tmp_path):
    course = scaffolded(tmp_path)
    done = grader("prove", "square", "--course", course)
    assert (done.status, "FILL_IN the right answer" in done.out) == (1, True)
    fill(course)
    done = grader("prove", "square", "--course", course)
    assert done.status == 0, done.out


def test_every_blank_says_so_and_every_part_is_there(tmp_path):
    course = scaffolded(tmp_path)
    text = (course / "exercises/coins/square.yaml").read_text()
    assert text.count("FILL_IN") > 5
    assert set(yaml.safe_load(text)) >= {"prompt", "starter", "tolerance", "checks", "mistakes"}
    for name in FILLED:
        assert "FILL_IN" in (course / "solutions/coins/square" / name).read_text()


@pytest.mark.parametrize("title", ['Say "no": it\'s #1', "no", "1e-6", "Größe \\ Maß", "[a]"])
def test_a_title_is_read_back_as_it_was_given(tmp_path, title):
    course = load_course(scaffolded(tmp_path, title=title))
    assert course.exercises["square"].title == title


# course.yaml keeps its looks

LAYOUTS = {
    "flow": "title: A\nunits:\n  - {id: coins, title: Coins, exercises: [two_heads]}  # all\n",
    "flow over lines": """\
title: A
units:
  - id: coins
    title: Coins
    exercises: [
      two_heads,  # the first
    ]
  # the end
""",
    "block": """\
# A course
title: A
units:
  - id: coins  # a unit
    title: Coins
    exercises:
      - two_heads  # the first

# Limits
sandbox:
  limits: {cell_s: 5}
""",
    "block without an indent": """\
title: A
units:
- id: coins
  title: Coins
  exercises:
  - two_heads
sandbox: {limits: {cell_s: 5}}
""",
    "no line at the end": """\
title: A
units:
  - id: coins
    title: Coins
    exercises:
      - two_heads""",
    "exercises first": """\
title: A
units:
  - exercises:
      - two_heads
    id: coins
    title: Coins
policy: {}
""",
}

LAYOUTS["lines of Windows"] = LAYOUTS["exercises first"].replace("\n", "\r\n")


@pytest.mark.parametrize("unit", ["coins", "a_new_unit"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_exercise_is_added_and_every_other_line_stays(tmp_path, layout, unit):
    before = LAYOUTS[layout]
    course = scaffolded(tmp_path, unit, {**files(), COURSE: before})
    after = (course / COURSE).read_bytes().decode()
    assert list(load_course(course).exercises) == ["two_heads", "square"]
    assert ("\r\n" in after) is ("\r\n" in before)
    assert after.count("\n") == after.count("\r\n") or "\r\n" not in before
    kept = (
        after.replace(", square", "").replace(" square,", "")
        if layout.startswith("flow")
        else after
    )
    for line in before.splitlines():
        assert line in kept.splitlines() or line in after.splitlines()


def test_a_layout_that_cannot_be_kept_is_left_to_the_author(tmp_path):
    text = "title: A\nunits: [{id: coins, title: Coins, exercises: [two_heads]}]\n"
    course = write(tmp_path, {**files(), COURSE: text})
    scaffold = prepare_scaffold(course, "square", "other")
    assert scaffold.listed is None
    assert scaffold.advice.startswith("Add a unit to ")
    assert '`- {id: other, title: "Other", exercises: [square]}`' in scaffold.advice
    write_scaffold(scaffold)
    assert (course / COURSE).read_text() == text
    assert (course / "exercises/other/square.yaml").is_file()


# Wrong calls


@pytest.mark.parametrize(
    ("exercise", "unit", "said"),
    [
        ("2heads", "coins", "The id of the exercise, `2heads`: `2heads` is not a name"),
        ("../up", "coins", "is not a name: use letters, digits"),
        ("class", "coins", "is a Python keyword"),
        ("a" * 101, "coins", "at most 100 characters"),
        ("", "coins", "is not a name"),
        ("square", "my unit", "The id of the unit, `my unit`"),
        ("two_heads", "coins", "two_heads already exists"),
        ("two_heads", "other", "lists an exercise `two_heads` already"),
    ],
)
def test_an_id_that_cannot_be_is_told(tmp_path, exercise, unit, said):
    course = write(tmp_path, files())
    with pytest.raises(UsageError) as caught:
        prepare_scaffold(course, exercise, unit)
    assert said in str(caught.value)
    assert not (course / "exercises" / "other").exists()


def test_files_that_are_there_are_not_written_over(tmp_path):
    course = write(tmp_path, {**files(), "exercises/coins/square.yaml": "mine"})
    with pytest.raises(UsageError, match="already exists: choose another id, or move it away"):
        prepare_scaffold(course, "square", "coins")
    assert (course / "exercises/coins/square.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "does not exist: name the folder of a course with --course"),
        (b"\xff\xfe", "cannot be read"),
        (b"title: A", "has no list of units"),
        (b"units: [1]", "has no list of units"),
        (b"units: [", "has no list of units"),
        (b"units: " + b"[" * 900 + b"]" * 900, "has no list of units"),
        (b"[]", "has no list of units"),
        (b"units: [{id: coins, exercises: two_heads}]", "has no list of units"),
    ],
)
def test_a_course_file_that_cannot_be_added_to_is_told(tmp_path, text, said):
    if text is not None:
        write(tmp_path, {COURSE: text})
    with pytest.raises(UsageError, match=said):
        prepare_scaffold(tmp_path, "square", "coins")


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    course = write(tmp_path, files())
    scaffold = prepare_scaffold(course, "square", "coins")
    (course / "solutions" / "coins" / "square").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        write_scaffold(scaffold)
    assert "square" not in (course / COURSE).read_text()
