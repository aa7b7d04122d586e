"""Every fault of an author's files: found, placed, and with what to do."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import InitErrorDetails

from grader.course import load_course
from grader.course.document import Document, read_document
from grader.course.faults import add_invalid
from grader.errors import CourseError
from tests.course.test_loading import two_exercises
from tests.course.tiny import COURSE, EXERCISE, REFERENCE, changed, faults_of, files, write

CHECK = "  - function: two_heads\n    name: Any coin\n"

LATE = "policy: {late: {due: {coins: '%s'}, per_day: 0.1}}\n"

SPOILED = [
    # what is changed, where the fault is, and what it says
    (EXERCISE, "starter: |", "startr: |", 7, "startr", "unknown key; did you mean `starter`?"),
    (EXERCISE, "title: Two heads in a row\n", "", 1, "title", "this key is missing: add it"),
    (EXERCISE, "points: 3\n", "points: 3\npoints: 3\n", 5, "points", "already exists, in line 4"),
    (EXERCISE, "points: 3\n", "points: three\n", 4, "points", "this must be a number"),
    (EXERCISE, "points: 3\n", "points: 0\n", 4, "points", "this must be greater than 0"),
    (EXERCISE, "points: 3\n", "points: 4\n", 4, "points", "these are 4 points, but the checks add"),
    (
        EXERCISE,
        "title: Two heads in a row",
        "title: 3",
        2,
        "title",
        "must be text: put it in quotes",
    ),
    (EXERCISE, "title: Two heads in a row", "title: ''", 2, "title", "this text must not be empty"),
    (EXERCISE, "defines: [two_heads]", "defines: []", 13, "checks[0].function", "not a name that"),
    (EXERCISE, "defines: [two_heads]", "defines: two_heads", 10, "defines", "must be a list"),
    (EXERCISE, "defines: [two_heads]", "defines: [two_heads, a-b]", 10, "defines[1]", "not a name"),
    (
        EXERCISE,
        "defines: [two_heads]",
        "defines: [two_heads, for]",
        10,
        "defines[1]",
        "Python keyword",
    ),
    (EXERCISE, "defines: [two_heads]", "defines: [two_heads, π]", 10, "defines[1]", "not a name"),
    (
        EXERCISE,
        "defines: [two_heads]",
        "defines: [two_heads, two_heads]",
        10,
        "defines[1]",
        "the name `two_heads` already exists, as defines[0]",
    ),
    (
        EXERCISE,
        "defines: [two_heads]",
        "defines: [two_tails]",
        13,
        "checks[0].function",
        "`two_heads` is not a name that `defines` lists; did you mean `two_tails`?",
    ),
    (
        EXERCISE,
        "defines: [two_heads]",
        "defines: [two_heads]\nbuilds_on: [x, x]",
        11,
        "builds_on[1]",
        "the exercise `x` already exists",
    ),
    (EXERCISE, "      ...", "      return )", 7, "starter", "line 2 of this code is not Python"),
    (EXERCISE, "    points: 1\n", "", 13, "checks[0].points", "this key is missing"),
    (EXERCISE, "    points: 1\n", "    points: 0\n", 15, "checks[0].points", "greater than 0"),
    (EXERCISE, "visible: true", "visible: 3", 16, "checks[0].visible", "`true` or `false`"),
    (
        EXERCISE,
        "name: Any coin",
        "name: A fair coin",
        22,
        "checks[1].name",
        "the check `A fair coin`",
    ),
    (
        EXERCISE,
        CHECK,
        CHECK.replace("function", "funktion"),
        21,
        "checks[1]",
        "a check needs one key that states its kind; did you mean `function`?",
    ),
    (EXERCISE, CHECK, "  - name: Any coin\n", 21, "checks[1]", "that states its kind"),
    (EXERCISE, CHECK, "  - two_heads\n  - name: x\n", 21, "checks[1]", "a check is a mapping"),
    (
        EXERCISE,
        CHECK,
        CHECK + "    value: two_heads\n",
        21,
        "checks[1]",
        "has one kind, but here are `value` and `function`: keep one",
    ),
    (EXERCISE, "trials: 10", "trials: 1.5", 27, "checks[1].trials", "must be a whole number"),
    (EXERCISE, "trials: 10", "trial: 10", 27, "checks[1].trial", "did you mean `trials`?"),
    (EXERCISE, "trials: 10", "zzz: 10", 27, "checks[1].zzz", "unknown key; known: `args`"),
    (
        EXERCISE,
        "expected: 0.25",
        "expcted: 0",
        19,
        "checks[0].cases[0].expcted",
        "mean `expected`?",
    ),
    (EXERCISE, "trials: 10", "'<<: id': 1", 27, "checks[1].<<: id", "unknown key; known:"),
    (EXERCISE, "trials: 10", "args: [q]", 27, "checks[1].args[0]", "`q`"),
    (
        EXERCISE,
        "edges: [0.0, 1.0]",
        "edgs: [0.0]",
        26,
        "checks[1].given.p.edgs",
        "unknown key; did you mean `edges`?",
    ),
    (
        EXERCISE,
        "[0, 1], edges",
        "[1, 0], edges",
        26,
        "checks[1].given.p.uniform",
        "the lower bound comes first: 1.0 is not below 0.0",
    ),
    (
        EXERCISE,
        "[0, 1], edges",
        "[0, 1], shape: n, edges",
        26,
        "checks[1].given.p.edges[1]",
        "a list of numbers, 1 deep",
    ),
    (
        EXERCISE,
        "[0, 1], edges: [0.0, 1.0]",
        "[0, 1], shape: n",
        26,
        "checks[1].given.p",
        "the size `n` names no earlier draw",
    ),
    (
        EXERCISE,
        "      p: {uniform",
        "      a b: {uniform",
        26,
        "checks[1].given.a b",
        "a drawn value needs a Python name",
    ),
    (
        EXERCISE,
        "expected: 0.25",
        "expected: 0.25\n    tolerance: {atol: 0.25}",
        19,
        "checks[0].cases[0].expected",
        "an atol of 0.25 would accept 0 here",
    ),
    (
        EXERCISE,
        "points: 3\n",
        "points: 3\ntolerance: {atol: 0.5}\n",
        20,
        "checks[0].cases[0].expected",
        "an atol of 0.5 would accept 0 here",
    ),
    (
        EXERCISE,
        "points: 3\n",
        "points: 3\ntolerance: {rtol: -1}\n",
        5,
        "tolerance.rtol",
        "this must be at least 0",
    ),
    (
        EXERCISE,
        "points: 3\n",
        "points: 3\ntolerence: {rtol: 0.1}\n",
        5,
        "tolerence",
        "did you mean `tolerance`?",
    ),
    (
        EXERCISE,
        "expected: 0.25",
        "expected: [{a: .nan}]",
        19,
        "checks[0].cases[0].expected",
        "nan is expected, which no answer equals",
    ),
    (EXERCISE, "    hint: Both", "    hnt: Both", 30, "mistakes[0].hint", "this key is missing"),
    (
        EXERCISE,
        "    hint: Both",
        "    score: 4\n    hint: Both",
        31,
        "mistakes[0].score",
        "this is more than the exercise's 3 points",
    ),
    (
        EXERCISE,
        "  - id: sum_not_product\n",
        "  - id: sum_not_product\n    hint: Once.\n  - id: sum_not_product\n",
        32,
        "mistakes[1].id",
        "the mistake `sum_not_product` already exists, as mistakes[0]",
    ),
    (
        EXERCISE,
        "    hint: Both",
        "    title: a sum\n    hint: Sum.\n  - id: sum\n    title: a sum\n    hint: Both",
        34,
        "mistakes[1].title",
        "the title `a sum` already exists, as mistakes[0]",
    ),
    (
        EXERCISE,
        "mistakes:\n",
        "equivalents:\n  - {mutant: m, why: Same.}\n  - {mutant: m, why: Same.}\nmistakes:\n",
        31,
        "equivalents[1].mutant",
        "the mutant `m` already exists, as equivalents[0]",
    ),
    (
        EXERCISE,
        "- id: sum_not_product",
        "- id: adds",
        30,
        "mistakes[0].id",
        "this mistake has no program: write it to `solutions/coins/two_heads/mistakes/adds.py`",
    ),
    (
        EXERCISE,
        "- id: sum_not_product",
        "- id: adds",
        29,
        "mistakes",
        "mistakes/sum_not_product.py` belongs to no mistake: list one with `id: sum_not_product`",
    ),
    (EXERCISE, "- id: sum_not_product", "- id: ../x", 30, "mistakes[0].id", "`../x` is not a name"),
    (EXERCISE, "id: two_heads", "id: two_head", 1, "id", "the file is called `two_heads`"),
    (EXERCISE, "unit: coins", "unit: coin", 3, "unit", "the folder is called `coins`"),
    (EXERCISE, "unit: coins", "unit: ../coins", 3, "unit", "`../coins` is not a name"),
    (
        COURSE,
        "[two_heads]",
        "[two_heads, three_heads]",
        5,
        "units[0].exercises[1]",
        "the file `exercises/coins/three_heads.yaml` is missing",
    ),
    (
        COURSE,
        "[two_heads]",
        "[two_heads, two_heads]",
        5,
        "units[0].exercises[1]",
        "the exercise `two_heads` is listed already",
    ),
    (
        COURSE,
        "[two_heads]",
        "[two_heads]\n  - {id: coins, title: Again, exercises: [two_heads]}",
        6,
        "units[1].id",
        "the unit `coins` already exists, as units[0]",
    ),
    (COURSE, "[two_heads]", "[../two_heads]", 5, "units[0].exercises[0]", "is not a name"),
    (COURSE, "[two_heads]", "[/etc/passwd]", 5, "units[0].exercises[0]", "is not a name"),
    (COURSE, "title: A first", "titel: A first", 1, "titel", "did you mean `title`?"),
    (COURSE, "units:", "secret: short\nunits:", 2, "secret", "of 5 characters can be guessed"),
    (COURSE, "units:", "policy: {lateness: 1}\nunits:", 2, "policy.lateness", "unknown key"),
    (COURSE, "units:", f"{LATE % 'soon'}units:", 2, "policy.late.due.coins", "is not a date"),
    (
        COURSE,
        "units:",
        "policy: {late: {due: {dice: '2026-10-31'}, per_day: 0.1}}\nunits:",
        2,
        "policy.late.due.dice",
        "the course has no unit `dice`",
    ),
    (COURSE, "units:", "policy: {timezone: Mars}\nunits:", 2, "policy.timezone", "not a time zone"),
    (
        COURSE,
        "units:",
        "sandbox: {limits: {call_seconds: 3}}\nunits:",
        2,
        "sandbox.limits.call_seconds",
        "unknown key",
    ),
    (COURSE, "units:", "sandbox: 3\nunits:", 2, "sandbox", "this must be a mapping"),
]


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "key", "message"),
    SPOILED,
    ids=[f"{key}: {message}" for *_, key, message in SPOILED],
)
def test_a_fault_is_told_with_its_file_line_and_key(tmp_path, name, old, new, line, key, message):
    folder = write(tmp_path, changed(name, old, new))
    faults = faults_of(folder)
    found = [fault for fault in faults if fault.key == key and message in fault.message]
    assert found, f"not among: {[str(fault) for fault in faults]}"
    assert (found[0].path, found[0].line) == (folder / name, line)


def test_starter_code_that_is_too_deep_for_python_is_told(tmp_path):
    deep = "x = " + "-" * 100_000 + "1"
    (fault,) = faults_of(write(tmp_path, changed(EXERCISE, "      ...", f"      {deep}")))
    assert fault.key == "starter"


def test_all_faults_of_all_files_are_told_at_once(tmp_path):
    texts = changed(EXERCISE, "points: 3\n", "points: 4\ntolerence: {rtol: 0.1}\n")
    texts[EXERCISE] = texts[EXERCISE].replace("visible: true", "visible: yes")
    texts[EXERCISE] = texts[EXERCISE].replace("defines: [two_heads]", "defines: [two_tails]")
    texts[COURSE] = texts[COURSE].replace("title: A first course", "titel: A first course")
    del texts[REFERENCE]
    texts["exercises/coins/forgotten.yaml"] = ""
    keys = {fault.key for fault in faults_of(write(tmp_path, texts))}
    assert keys == {
        "points",
        "tolerence",
        "checks[0].visible",
        "checks[0].function",
        "checks[1].function",
        "titel",
        "title",
        "id",
        "",
    }


def test_the_faults_of_exercises_are_told_even_where_the_list_of_units_is_at_fault(tmp_path):
    texts = changed(COURSE, "units:", "unit:")
    texts[EXERCISE] = texts[EXERCISE].replace("title:", "titel:")
    keys = {fault.key for fault in faults_of(write(tmp_path, texts))}
    assert keys == {"units", "unit", "title", "titel"}


def test_a_fault_says_file_line_key_and_what_to_do(tmp_path):
    texts = changed(EXERCISE, "starter: |", "startr: |")
    with pytest.raises(CourseError) as caught:
        load_course(write(tmp_path, texts))
    path = tmp_path / EXERCISE
    assert str(caught.value).splitlines() == [
        "The course has 1 fault:",
        f"  {path}:7: `startr`: unknown key; did you mean `starter`?",
    ]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_value_at_fault_as_yaml_is_not_blamed_twice(tmp_path):
    texts = changed(EXERCISE, "title: Two heads in a row", "title: no")
    (fault,) = faults_of(write(tmp_path, texts))
    assert fault.key == "title"
    assert "`no` is a boolean for some YAML readers" in fault.message


def test_a_missing_solution_is_told(tmp_path):
    texts = files()
    del texts[REFERENCE]
    (fault,) = faults_of(write(tmp_path, texts))
    assert fault.message == f"the solution is missing: write the right answer to `{REFERENCE}`"


@pytest.mark.parametrize("name", ["exercises/coins/extra.yaml", "exercises/extra.yaml"])
def test_an_exercise_that_is_not_listed_is_told(tmp_path, name):
    (fault,) = faults_of(write(tmp_path, {**files(), name: ""}))
    assert fault.path == tmp_path / name
    assert "`course.yaml` does not list this: add `extra` to a unit" in fault.message


def test_another_ending_of_the_file_name_is_told(tmp_path):
    (fault,) = faults_of(write(tmp_path, {**files(), "exercises/coins/extra.yml": ""}))
    assert "ends in `.yaml`: rename it" in fault.message


def test_solutions_of_no_exercise_are_told(tmp_path):
    texts = {**files(), "solutions/coins/three_heads/reference.py": ""}
    (fault,) = faults_of(write(tmp_path, texts))
    assert fault.path == tmp_path / "solutions/coins/three_heads"
    assert "belongs to no exercise" in fault.message


def test_what_python_leaves_behind_is_no_solution(tmp_path):
    texts = {**files(), "solutions/coins/__pycache__/x.pyc": "", "solutions/coins/.keep": ""}
    assert faults_of(write(tmp_path, texts)) == []


@pytest.mark.parametrize("name", [EXERCISE, REFERENCE, COURSE])
def test_a_link_that_leads_out_of_the_course_is_told(tmp_path, name):
    folder = write(tmp_path / "course", files())
    elsewhere = tmp_path / "elsewhere"
    (folder / name).rename(elsewhere)
    (folder / name).symlink_to(elsewhere)
    faults = faults_of(folder)
    assert any("leads out of the course" in fault.message for fault in faults)


def test_a_linked_folder_that_leads_out_of_the_course_is_told(tmp_path):
    folder = write(tmp_path / "course", files())
    (folder / "exercises" / "coins").rename(tmp_path / "coins")
    (folder / "exercises" / "coins").symlink_to(tmp_path / "coins")
    faults = faults_of(folder)
    assert any("leads out of the course" in fault.message for fault in faults)


def test_a_name_that_two_exercises_of_a_unit_define_is_told(tmp_path):
    folder = two_exercises(tmp_path, "[]")
    path = folder / "exercises/coins/more.yaml"
    text = path.read_text().replace("defines: [more]", "defines: [more, two_heads]")
    path.write_text(text)
    (fault,) = faults_of(folder)
    assert (fault.path, fault.key) == (path, "defines[1]")
    assert "the exercise `two_heads` of this unit defines `two_heads` already" in fault.message


@pytest.mark.parametrize(
    ("builds_on", "message"),
    [
        ("[two_hands]", "the course has no exercise `two_hands`; did you mean `two_heads`?"),
        ("[more]", "this goes in a circle: `more` builds on `more` itself"),
    ],
)
def test_building_on_what_is_not_there_is_told(tmp_path, builds_on, message):
    (fault,) = faults_of(two_exercises(tmp_path, builds_on))
    assert (fault.key, fault.path.name) == ("builds_on[0]", "more.yaml")
    assert message in fault.message


def first_builds_on(folder: Path, other: str) -> None:
    path = folder / EXERCISE
    path.write_text(path.read_text().replace("points: 3\n", f"points: 3\nbuilds_on: [{other}]\n"))


def test_building_on_what_comes_later_is_told(tmp_path):
    folder = two_exercises(tmp_path, "[]")
    first_builds_on(folder, "more")
    (fault,) = faults_of(folder)
    assert "`more` comes later in `course.yaml`: move it up" in fault.message


def test_building_on_each_other_is_told_of_both(tmp_path):
    folder = two_exercises(tmp_path, "[two_heads]")
    first_builds_on(folder, "more")
    faults = faults_of(folder)
    assert [fault.path.name for fault in faults] == ["more.yaml", "two_heads.yaml"]
    assert all("this goes in a circle" in fault.message for fault in faults)


def test_a_folder_without_a_course_is_told(tmp_path):
    (fault,) = faults_of(tmp_path)
    assert fault.path == tmp_path / COURSE
    assert "name the folder that holds it" in fault.message


def test_naming_the_folder_of_the_exercises_is_told(tmp_path):
    folder = write(tmp_path, files())
    (fault,) = faults_of(folder / "exercises")
    assert "name the folder above this one" in fault.message


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n", "3\n"])
def test_a_file_without_keys_is_told(tmp_path, text):
    folder = write(tmp_path, {**files(), EXERCISE: text})
    (fault,) = faults_of(folder)
    assert "an exercise is a mapping" in fault.message
    folder = write(tmp_path, {**files(), COURSE: text})
    (fault,) = faults_of(folder)
    assert "a course is a mapping" in fault.message


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (fault,) = read_document(tmp_path).faults
    assert fault.message == "the file cannot be read: Is a directory"


def test_a_name_too_long_for_a_file_is_told(tmp_path):
    folder = write(tmp_path, changed(COURSE, "[two_heads]", f"[two_heads, {'x' * 300}]"))
    (fault,) = faults_of(folder)
    assert fault.message == "this text is too long: at most 100 characters"


def test_no_words_of_pydantic_s_are_told(tmp_path):
    class Entry(BaseModel):
        counts: Literal["best", "last"] | None = None
        forms: list[Literal["array"]] = Field(default=[], max_length=2)

    def fault(place: tuple[str | int, ...], kind: str, **context: Any) -> str:
        detail = InitErrorDetails(type=kind, loc=place, input=1, ctx=context)
        document = Document(tmp_path)
        add_invalid(document, ValidationError.from_exception_data("x", [detail]), (), Entry)
        return document.faults[0].message

    assert fault(("counts",), "literal_error", expected="the usual") == (
        "this must be 'best' or 'last'"
    )
    assert fault(("forms", 1), "literal_error", expected="the usual") == "this must be 'array'"
    long = fault(("forms",), "too_long", field_type="Heap", max_length=2, actual_length=3)
    assert long == "this list is too long: at most 2 items"
