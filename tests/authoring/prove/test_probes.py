"""Students that bring a claim to the point."""

from __future__ import annotations

import numpy as np
import pytest

from grader.authoring.prove.probes import (
    FORMS,
    Reformed,
    Replayer,
    Scaled,
    asked_both_ways,
)
from grader.checks.students.local import LocalStudent
from grader.checks.students.transcript import RecordedStudent
from grader.guest.protocol.values import Call, Missing, Raised, Returned

NAMES = {"double": lambda x: x * 2, "kind": lambda x: type(x).__name__, "best": 0.5, "name": "p"}
ME = LocalStudent(NAMES)


def test_a_replayer_knows_what_was_recorded_and_says_the_first_of_it_to_all_else():
    recorder = RecordedStudent(ME)
    recorder.call("double", [Call((3.0,)), Call((np.array([1.0, 2.0]),))])
    recorder.get("best")
    replayer = Replayer(recorder.transcript)
    asked = [Call((np.array([1.0, 2.0]),)), Call((3.0,)), Call((4.0,)), Call((3.0, 1.0))]
    first, *others = replayer.call("double", asked)
    assert first.value.tolist() == [2.0, 4.0]
    assert others == [Returned(6.0)] * 3
    assert replayer.get("best") == Returned(0.5)
    assert replayer.get("name") == Missing("name")
    assert replayer.call("kind", [Call((1,))]) == [Missing("kind", callable_wanted=True)]


def test_a_figure_is_recorded_and_never_replayed():
    recorder = RecordedStudent(ME)
    (answer,) = recorder.draw("double", [Call((3.0,))])
    (left,) = recorder.draw("figure", None)
    assert [entry.answer for entry in recorder.transcript] == [answer, left]
    replayer = Replayer(recorder.transcript)
    assert replayer.draw("double", [Call((3.0,))] * 2) == [Missing("double")] * 2
    assert replayer.draw("figure", None) == [Missing("figure")]


@pytest.mark.parametrize(
    ("value", "beside"),
    [
        (2.0, 2.02),
        ([1.0, (2.0, "a")], [1.01, (2.02, "a")]),
        ({"a": 1.0}, {"a": 1.01}),
        (3, 3),
        ("text", "text"),
    ],
)
def test_scaled_answers_are_a_hundredth_larger(value, beside):
    student = Scaled(LocalStudent({"x": value}))
    assert student.get("x") == Returned(beside)
    assert student.changed == (value != beside)


def test_scaled_answers_keep_what_is_no_number_of_a_kind_that_can_be_near():
    student = Scaled(LocalStudent({"a": np.array([1, 2]), "f": lambda: 1 / 0}))
    assert student.get("a").value.tolist() == [1, 2]
    assert isinstance(student.call("f", [Call()])[0], Raised)
    assert not student.changed
    assert len(student.draw("f", [Call()])) == 1


@pytest.mark.parametrize(
    ("form", "given", "becomes"),
    [
        ("lists", np.array([1.0, 2.0]), [1.0, 2.0]),
        ("lists", (np.array([1.0]), 3), ([1.0], 3)),
        ("arrays", [1.0, 2], np.array([1.0, 2.0])),
        ("arrays", ["H", "T"], ["H", "T"]),
        ("arrays", [], []),
        ("whole numbers", 2.0, 2),
        ("whole numbers", 2.5, 2.5),
        ("whole numbers", -0.0, -0.0),
        ("whole numbers", float("inf"), float("inf")),
        ("whole numbers", [1.0, 0.5], [1, 0.5]),
        ("whole numbers", np.array([1.0, 0.0]), np.array([1, 0])),
        ("whole numbers", np.array([1.0, 0.5]), np.array([1.0, 0.5])),
    ],
)
def test_a_form_has_the_same_numbers(form, given, becomes):
    changed = FORMS[form](given)
    assert type(changed) is type(becomes)
    assert repr(changed) == repr(becomes)


def test_a_long_array_stays_an_array():
    assert isinstance(FORMS["lists"](np.zeros(20_000)), np.ndarray)


def test_calls_and_drawings_are_put_in_the_form():
    student = Reformed(ME, FORMS["lists"])
    call = Call((np.array([1.0]),))
    assert student.call("kind", [call]) == [Returned("list")]
    assert student.get("best") == Returned(0.5)
    assert len(student.draw("kind", [call])) == len(student.draw("kind", None)) == 1


def test_arguments_are_left_alone_where_only_others_are_meant():
    student = Reformed(ME, FORMS["lists"], {("kind", 1), ("double", 0)})
    assert student.call("kind", [Call((np.array([1.0]),))]) == [Returned("ndarray")]


def test_what_is_given_as_a_list_and_as_an_array_is_known():
    recorder = RecordedStudent(ME)
    recorder.call("kind", [Call((np.array([1.0]), [1.0])), Call(([1.0], [1.0]))])
    recorder.call("double", [Call(([1.0],))])
    assert asked_both_ways(recorder.transcript) == {("kind", 0)}
