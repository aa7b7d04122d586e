"""Loading a course whose files are right."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import pytest

from grader.checks.base import CheckContext
from grader.checks.registry import all_kinds
from grader.checks.students.local import LocalStudent
from grader.compare import Tolerance
from grader.course import load_course, load_program
from grader.errors import CourseError
from tests.course.tiny import COURSE, EXERCISE, ROOT, changed, files, write


def test_the_example_of_the_docs_loads(tmp_path):
    course = load_course(write(tmp_path, files()))
    exercise = course.exercises["two_heads"]
    assert course.title == "A first course"
    assert [unit.id for unit in course.units] == ["coins"]
    assert course.units[0].exercises == ("two_heads",)
    assert exercise.points == Decimal(3)
    assert [check.kind for check in exercise.checks] == ["function", "function"]
    assert [check.visible for check in exercise.checks] == [True, False]
    assert exercise.tolerance == Tolerance()
    assert exercise.mistakes[0].id == "sum_not_product"
    assert exercise.mistakes[0].program.is_file()
    assert [path.stem for path in exercise.accepted] == ["with_power"]


def test_the_example_of_the_docs_tells_right_from_wrong(tmp_path):
    exercise = load_course(write(tmp_path, files())).exercises["two_heads"]
    context = CheckContext(
        exercise=exercise.id,
        reference=load_program(exercise.reference),
        defines=exercise.defines,
        tolerance=exercise.tolerance,
        seed=1,
    )
    mistake = exercise.mistakes[0].program
    for program in (exercise.reference, *exercise.accepted, mistake):
        student = LocalStudent(load_program(program))
        verdicts = [check.judge(check.prepare(context), student) for check in exercise.checks]
        assert [verdict.passed for verdict in verdicts] == [program != mistake] * 2


def test_a_mistake_is_called_by_its_title_and_without_one_by_its_id(tmp_path):
    bare = load_course(write(tmp_path / "bare", files()))
    texts = changed(EXERCISE, "    hint: Both", "    title: a sum\n    hint: Both")
    titled = load_course(write(tmp_path / "titled", texts))
    assert [course.exercises["two_heads"].mistake_titles for course in (bare, titled)] == [
        {"sum_not_product": "sum not product"},
        {"sum_not_product": "a sum"},
    ]


def test_the_bundled_course_loads_in_its_order():
    course = load_course(ROOT)
    listed = [exercise for unit in course.units for exercise in unit.exercises]
    assert list(course.exercises) == listed
    assert (len(listed), listed[0], listed[-1]) == (22, "hth_likelihood", "whiteboard_quiz")
    for exercise in course.exercises.values():
        assert all(listed.index(each) < listed.index(exercise.id) for each in exercise.builds_on)


def test_settings_of_the_sandbox_and_the_secret_are_read(tmp_path):
    more = (
        "title: A first course\nsecret: only staff know this text\nsandbox:\n  preload: [numpy]\n"
    )
    course = load_course(write(tmp_path, changed(COURSE, "title: A first course\n", more)))
    assert course.sandbox.preload == ("numpy",)
    assert course.secret == "only staff know this text"


def test_a_file_may_start_with_a_byte_order_mark_and_end_its_lines_as_windows_does(tmp_path):
    texts = files()
    texts[EXERCISE] = "\ufeff" + texts[EXERCISE].replace("\n", "\r\n")
    assert load_course(write(tmp_path, texts)).exercises["two_heads"].points == 3


def test_infinity_may_be_expected_where_it_is_written_out(tmp_path):
    course = load_course(write(tmp_path, changed(EXERCISE, "expected: 0.25", "expected: .inf")))
    assert course.exercises["two_heads"].checks[0].cases[0].expected == float("inf")


def test_nan_may_be_expected_where_it_is_said_to_be_right(tmp_path):
    new = "expected: .nan\n    tolerance: {nan_equal: true}"
    texts = changed(EXERCISE, "expected: 0.25", new)
    assert load_course(write(tmp_path, texts)).exercises["two_heads"].checks[0].tolerance.nan_equal


def test_a_course_may_bring_kinds_of_its_own(tmp_path):
    class OwnCheck(all_kinds()["function"]):
        """A kind that another package brings."""

        kind = "own"
        own: str
        function: str = "two_heads"

        @property
        def subject(self):
            return self.own

    texts = changed(
        EXERCISE, "- function: two_heads\n    name: A fair", "- own: two_heads\n    name: A fair"
    )
    with pytest.raises(CourseError, match="a check needs one key that states its kind"):
        load_course(write(tmp_path, texts))
    course = load_course(tmp_path, {"own": OwnCheck, "function": all_kinds()["function"]})
    assert course.exercises["two_heads"].checks[0].subject == "two_heads"


def test_no_program_of_a_course_is_run_when_it_is_loaded(tmp_path):
    texts = files()
    for name in texts:
        if name.endswith(".py"):
            texts[name] = "raise RuntimeError('this was run')\n"
    assert load_course(write(tmp_path, texts)).title == "A first course"


def test_an_exercise_can_build_on_an_earlier_one(tmp_path):
    assert load_course(two_exercises(tmp_path, "[two_heads]")).exercises["more"].builds_on == (
        "two_heads",
    )


def two_exercises(folder: Path, builds_on: str) -> Path:
    texts = changed(COURSE, "[two_heads]", "[two_heads, more]")
    more = texts[EXERCISE].replace("two_heads", "more")
    more = more.replace("points: 3\n", f"points: 3\nbuilds_on: {builds_on}\n")
    texts["exercises/coins/more.yaml"] = more
    for name in list(texts):
        if name.endswith(".py"):
            texts[name.replace("two_heads", "more")] = texts[name]
    return write(folder, texts)


def test_twenty_two_exercises_load_well_within_half_a_second(tmp_path):
    texts, one = files(), files()[EXERCISE]
    names = [f"exercise_{number}" for number in range(22)]
    texts[COURSE] = texts[COURSE].replace("two_heads", ", ".join(names))
    for name in names:
        long = one + "".join(
            f"  - id: mistake_{i}\n    hint: A hint that is long enough to read.\n"
            for i in range(40)
        )
        texts[f"exercises/coins/{name}.yaml"] = long.replace("two_heads", name)
        for path, text in files().items():
            if path.endswith(".py"):
                texts[path.replace("two_heads", name)] = text
        for i in range(40):
            texts[f"solutions/coins/{name}/mistakes/mistake_{i}.py"] = ""
    texts = {path: text for path, text in texts.items() if "two_heads" not in path}
    folder = write(tmp_path, texts)
    started = time.process_time()
    assert len(load_course(folder).exercises) == 22
    assert time.process_time() - started < 0.5


def test_what_an_exercise_preloads_is_loaded_where_it_is_graded(tmp_path):
    texts = files()
    texts[EXERCISE] += "preload: [json, numpy]\n"
    texts[COURSE] += "sandbox: {preload: [numpy]}\n"
    course = load_course(write(tmp_path, texts))
    assert course.sandbox_for(course.exercises.values()).preload == ("numpy", "json")
    assert course.sandbox_for([]).preload == ("numpy",)
