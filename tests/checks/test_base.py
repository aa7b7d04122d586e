"""Axes of length 1 count unless `shape` says otherwise, and any answer leads to a verdict."""

from __future__ import annotations

import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from grader.checks.registry import all_kinds
from grader.checks.students.local import LocalStudent
from grader.compare import compare
from grader.compare.shapes import squeezed
from grader.course import load_course
from grader.grading.preparation import prepare_course
from grader.guest.protocol.values import Died, Missing, Opaque, Raised, Returned, TimedOut
from tests.checks.scripted import Scripted, check_of, context_of, returning, verdict_of
from tests.compare.test_comparing import anything
from tests.course.tiny import EXERCISE, changed, faults_of, write

THREE = np.array([0.5, 1.0, 1.5])
REFERENCE = {
    "half": lambda x: np.asarray(x, float) / 2,
    "total": lambda x: float(np.sum(x)),
    "fit": lambda x: (np.asarray(x, float), 2.0),
    "names": lambda x: ["a", "b", "c"],
    "row": lambda x: np.array([[1.0, 2.0, 3.0]]),
    "slope": lambda x: 2 * np.asarray(x, float),
    "w": np.array([0.5, 1.0, 1.5]),
    "table": {"w": np.array([0.5, 1.0, 1.5]), "b": 2.0},
}
ASKED = {"cases": [{"args": [[1, 2, 3]]}]}


# Strictly


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        (THREE.reshape(3, 1), THREE, "has shape (3, 1), expected (3,): use .ravel()"),
        (THREE.reshape(1, 3), THREE, "has shape (1, 3), expected (3,): use .ravel()"),
        ([[0.5], [1.0], [1.5]], THREE, "has shape (3, 1), expected (3,): use np.ravel(...)"),
        (np.zeros((1, 2, 3)), np.zeros((2, 3)), "(1, 2, 3), expected (2, 3): use .squeeze()"),
        (np.array([["a"], ["b"]]), ["a", "b"], "has shape (2, 1), expected (2,): use .ravel()"),
        (
            np.array([[2.0]]),
            3.0,
            "is an array of shape (1, 1), expected the number 3: use .item()",
        ),
        (np.array([True]), True, "is an array of shape (1,), expected True: use .item()"),
        ([2.0], 3.0, "is the list [2.0], expected the number 3: use [0]"),
        ([["a"]], "a", "is the list [['a']], expected the string 'a': use [0][0]"),
        (THREE, THREE.reshape(3, 1), "has shape (3,), expected shape (3, 1)"),
        (THREE.reshape(3, 1), THREE.reshape(1, 3), "has shape (3, 1), expected shape (1, 3)"),
        (np.zeros((2, 1)), THREE, "has shape (2, 1), expected shape (3,)"),
        (np.zeros(0), 3.0, "is an array of shape (0,), expected the number 3"),
        (
            {"w": THREE.reshape(3, 1)},
            {"w": THREE},
            "at ['w'] has shape (3, 1), expected (3,): use .ravel()",
        ),
    ],
)
def test_the_wrong_shape_says_how_to_mend_it(actual, expected, text):
    assert str(compare(actual, expected)).endswith(text)


def test_a_strict_check_refuses_a_column():
    verdict = verdict_of(
        check_of(function="half", **ASKED), REFERENCE, {"half": lambda x: THREE.reshape(3, 1)}
    )
    assert verdict.message == ("half([1, 2, 3]) has shape (3, 1), expected (3,): use .ravel().")
    assert verdict.brief == "`half` gave a wrong answer."


# Squeezed


SQUEEZED = [
    ("half", [THREE.reshape(3, 1), THREE.reshape(1, 3), THREE.reshape(1, 3, 1)]),
    ("half", [[[0.5], [1.0], [1.5]], [[0.5, 1.0, 1.5]], ([0.5], (1.0,), 1.5), THREE]),
    ("total", [np.array([[6.0]]), np.array([6.0]), np.array(6.0), [6.0], [[6]], 6]),
    ("fit", [(np.array([[1], [2], [3]]), np.array([2.0])), [[[1], [2], [3]], [[2.0]]]]),
    ("names", [[["a"], ["b"], ["c"]], np.array([["a", "b", "c"]]), [["a", "b", "c"]]]),
    ("row", [[[1, 2, 3]], np.array([[[1], [2], [3]]])]),
]


@pytest.mark.parametrize(("name", "answers"), SQUEEZED)
def test_axes_of_length_one_do_not_count_where_the_check_says_so(name, answers):
    check = check_of(function=name, shape="squeeze", **ASKED)
    for answer in answers:
        assert verdict_of(check, REFERENCE, {name: lambda x, answer=answer: answer}).passed


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("half", [THREE[:2].reshape(2, 1), THREE.reshape(3, 1) + 1e-3, [[0.5, 1.0], [1.5, 1.0]]]),
        ("half", [np.array([[True], [True], [True]]), [[0.5], [1.0]], [[0.5], [1.0], [[]]], "abc"]),
        ("total", [np.array([[7.0]]), [6.0, 6.0], np.zeros((0, 1)), np.array([True]), [["6"]]]),
        ("fit", [(np.array([[1], [2], [3]]),), [[[1], [2], [3]], [2.0, 2.0]]]),
        ("row", [[1, 2, 3], [[1], [2], [3]], np.array([1.0, 2.0, 3.0])]),
    ],
)
def test_nothing_else_is_forgiven(name, answers):
    check = check_of(function=name, shape="squeeze", **ASKED)
    for answer in answers:
        assert not verdict_of(check, REFERENCE, {name: lambda x, answer=answer: answer}).passed


@pytest.mark.parametrize(
    ("keys", "column"),
    [
        ({"value": "w"}, {"w": THREE.reshape(3, 1)}),
        ({"value": "table"}, {"table": {"w": THREE.reshape(3, 1), "b": np.array([[2.0]])}}),
        (
            {"property": "sum(half(x)) == 3", "given": {"x": {"constant": [1, 2, 3]}}},
            {"half": lambda x: np.reshape(x, (-1, 1)) / 2},
        ),
        ({"property": "sum(w) == 3"}, {"w": THREE.reshape(1, 3)}),
        (
            {"gradient": "slope", "of": "np.sum(x**2)", "wrt": ["x"], "args": ["x"], **ASKED},
            {"slope": lambda x: 2 * np.reshape(x, (-1, 1))},
        ),
        ({"python": "adds_up", "about": "half"}, {"half": lambda x: np.reshape(x, (-1, 1)) / 2}),
        (
            {"stability": "total", "truth": "total", "over": {"x": [1.0, 2.0]}},
            {"total": lambda x: np.array([x])},
        ),
    ],
)
def test_each_kind_that_compares_shapes_heeds_it(keys, column):
    def adds_up(student, reference, rng):
        assert sum(student.half([1, 2, 3])) == 3

    context = replace(context_of(REFERENCE), authored={"adds_up": adds_up})
    for shape, passes in (("strict", False), ("squeeze", True)):
        check = check_of(**keys, shape=shape)
        assert check.judge(check.prepare(context), LocalStudent(column)).passed is passes


def test_a_wrong_column_has_the_evidence_of_a_wrong_row():
    check = check_of(function="half", shape="squeeze", **ASKED)
    one, other = (
        verdict_of(check, REFERENCE, returning(answer)).evidence
        for answer in (np.ones((3, 1)), np.ones(3))
    )
    assert compare(list(one), list(other)) is None


@pytest.mark.parametrize(
    ("actual", "expected"),
    [({"a": [[1]], 1: [2]}, {"a": 1}), ([1, [2]], [1, [2]]), (None, 1.0), ([], 1.0), ("a", "b")],
)
def test_what_cannot_be_squeezed_stays_as_it_is(actual, expected):
    found = squeezed(actual, expected)
    assert found == ({**actual, "a": 1} if isinstance(actual, dict) else actual)


# A claim that changes the shape itself


@pytest.mark.parametrize(
    "claim",
    [
        "all(np.ravel(half(x)) == np.array([0.5, 1, 1.5]))",
        "np.squeeze(half(x)) == np.array([0.5, 1, 1.5])",
        "half(x).ravel() == np.array([0.5, 1, 1.5])",
        "half(x).flatten() == np.array([0.5, 1, 1.5])",
        "half(x).reshape(-1) == reference.half(x)",
        "np.reshape(half(x), -1) == reference.half(x)",
        "np.asarray(half(x)).ravel() == reference.half(x)",
        "np.ravel(np.array(half(x), float)) == reference.half(x)",
    ],
)
def test_a_claim_that_changes_the_shape_itself_takes_any(claim):
    check = check_of(property=claim, given={"x": {"constant": [1, 2, 3]}}, trials=1)
    for shape in [(3,), (3, 1), (1, 3), (1, 3, 1)]:
        right = {"half": lambda x, shape=shape: np.reshape(x, shape) / 2}
        assert verdict_of(check, REFERENCE, right).passed
        wrong = {"half": lambda x, shape=shape: np.reshape(x, shape) / 3}
        assert not verdict_of(check, REFERENCE, wrong).passed
    for value in (np.ones((2, 1)), "abc", np.ones((3, 1), bool), 1.0):
        assert not verdict_of(check, REFERENCE, returning(value)).passed


def test_a_variable_may_be_raveled_too():
    check = check_of(property="np.ravel(w) == np.array([0.5, 1, 1.5])")
    assert verdict_of(check, REFERENCE, {"w": THREE.reshape(3, 1)}).passed


@pytest.mark.parametrize(
    "claim",
    [
        "half(x) == np.array([0.5, 1, 1.5])",
        "np.ravel(half(x)) == half(x)",
        "all(abs(half(x) - half(x)[0]) < 9)",
        "np.ravel(2 * half(x)) == np.array([1, 2, 3])",
    ],
)
def test_a_claim_that_does_not_change_it_everywhere_is_as_strict_as_before(claim):
    check = check_of(property=claim, given={"x": {"constant": [1, 2, 3]}}, trials=1)
    column = {"half": lambda x: np.reshape(x, (-1, 1)) / 2}
    verdict = verdict_of(check, REFERENCE, column)
    assert "has shape (3, 1), expected (3,): use .ravel()" in verdict.message


# In a course


def test_a_kind_that_compares_no_shapes_refuses_the_key():
    for kind, keys in {
        "raises": {"raises": "f", "cases": [{"args": [1]}]},
        "quiz": {"quiz": "answers", "question": "q", "answer": 1},
        "output": {"output": "printed", "equals": "1"},
    }.items():
        with pytest.raises(ValidationError, match=f"a `{kind}` check compares no shapes: remove"):
            all_kinds()[kind].model_validate({"name": "a", "points": 1, "shape": "squeeze", **keys})


def test_a_shape_is_strict_or_squeezed(tmp_path):
    for old, line in (("points: 3\n", "points: 3\nshape: any\n"),):
        (fault,) = faults_of(write(tmp_path, changed(EXERCISE, old, line)))
        assert fault.key == "shape"
        assert "'strict' or 'squeeze'" in fault.message


def test_an_exercise_says_it_for_all_its_checks(tmp_path):
    texts = changed(EXERCISE, "points: 3\n", "points: 3\nshape: squeeze\n")
    texts[EXERCISE] = texts[EXERCISE].replace(
        "    visible: true", "    visible: true\n    shape: strict"
    )
    course = load_course(write(tmp_path, texts))
    assert [check.shape for check in course.exercises["two_heads"].checks] == ["strict", "squeeze"]
    fair, every = prepare_course(course).exercises[0].checks
    column = {"two_heads": lambda p: np.array([[p * p]])}
    assert not fair.check.judge(fair.prepared, LocalStudent(column)).passed
    assert every.check.judge(every.prepared, LocalStudent(column)).passed
    assert every.check.keys_for_students()["shape"] == "squeeze"


def test_an_exercise_whose_checks_compare_no_shapes_says_nothing_of_them(tmp_path):
    check = "  - raises: two_heads\n    name: Refuses\n    points: 3\n    cases: [{args: [2]}]\n"
    texts = changed(EXERCISE, "points: 3\n", "points: 3\nshape: squeeze\n")
    before, _ = texts[EXERCISE].split("checks:")
    _, after = texts[EXERCISE].split("mistakes:")
    texts[EXERCISE] = f"{before}checks:\n{check}mistakes:{after}"
    (fault,) = faults_of(write(tmp_path, texts))
    assert fault.key == "shape"
    assert fault.message == "no check here compares shapes (`raises`): leave it out"


NAMES = {
    "f": lambda x: np.asarray(x, float) * 3.0 + 0.25,
    "exact_f": lambda x: mpmath.mpf(x) * 3 + mpmath.mpf("0.25"),
    "root": math.sqrt,
    "table": {0.1: 0.5, "a": [1.5, 2.5]},
    "pair": ([0.5, 0.5], [0.9, 0.1]),
    "answers": {"law": "the second", "half": 0.6931},
}
GIVEN = {"x": {"uniform": [1, 2], "shape": 2}}
CHECKS = [
    check_of(
        function="f", cases=[{"args": [[1.0, 2.0]]}, {"args": [0.5]}], forms=["array", "list"]
    ),
    check_of(function="f", given=GIVEN, trials=2),
    check_of(value="table"),
    check_of(property="f(f(x)) > f(x)", given=GIVEN, trials=2),
    check_of(property="all(abs(f(x) - 3 * x - 0.25) <= 1e-9)", given=GIVEN, trials=2),
    check_of(stability="f", truth="exact_f", over={"x": [0.5, 1.5]}),
    check_of(raises="root", cases=[{"args": [-1]}]),
    check_of(quiz="answers", question="law", choices={"1": "the first", "2": "the second"}),
    check_of(quiz="answers", question="half"),
    check_of(
        witness="pair",
        unpack=["p", "q"],
        requires=[
            {"that": "is_distribution(p) and is_distribution(q)", "otherwise": "no distributions"},
            {"that": "np.max(np.abs(p - q)) > 0.1", "otherwise": "too near"},
        ],
    ),
]
PREPARED = [
    pytest.param(check, check.prepare(context_of(NAMES)), id=f"{check.kind}{number}")
    for number, check in enumerate(CHECKS)
]
answers = st.one_of(
    st.builds(Returned, anything, st.lists(st.text(), max_size=2).map(tuple)),
    st.builds(Raised, st.text(), st.text()),
    st.builds(Missing, st.text(), st.booleans()),
    st.builds(TimedOut, st.floats(0, 100), st.sampled_from(["call", "exercise", "cpu"])),
    st.builds(Died, st.text()),
    st.builds(Returned, st.builds(Opaque, st.text(), st.text())),
)


@pytest.mark.parametrize(("check", "prepared"), PREPARED)
@given(answer=answers)
def test_any_answer_gets_a_verdict_and_fails(check, prepared, answer):
    verdict = check.judge(prepared, Scripted(answer))
    assert not verdict.passed
    assert verdict.message.isprintable()
    assert verdict.brief.isprintable()
    assert verdict.brief.endswith((".", "?", "!"))


@pytest.mark.parametrize(("check", "prepared"), PREPARED)
@given(text=st.text(st.characters(categories=["L"]), min_size=20, max_size=30))
def test_a_brief_carries_out_nothing_that_a_student_chose(check, prepared, text):
    for answer in (
        Returned(text),
        Returned(Opaque(text, text)),
        Returned(1.0, (text,)),
        Raised(text, text),
        Died(text),
    ):
        assert text not in check.judge(prepared, Scripted(answer)).brief
