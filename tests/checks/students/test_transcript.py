"""Questions are values: put to a student, kept, and answered again only as they were asked."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks.students.local import LocalStudent
from grader.checks.students.transcript import (
    OtherQuestionError,
    RecordedStudent,
    ReplayedStudent,
    TranscriptEntry,
    put,
    same_call,
)
from grader.guest.protocol.values import Call, Missing, Query, Returned

STUDENT = LocalStudent({"x": 3, "f": lambda a: a * 2, "g": lambda a: a + 1})
QUERIES = (Query("x"), Query("f", (Call((1,)), Call((np.array([2.0]),)))), Query("g", ()))


def test_what_was_recorded_is_answered_again_to_equal_questions():
    recorded = RecordedStudent(STUDENT)
    recorded.get("x")
    recorded.call("f", [Call((1,)), Call((2.5,))])
    replayed = ReplayedStudent(recorded.transcript)
    assert replayed.get("x") == Returned(3)
    assert list(replayed.call("f", [Call((1,)), Call((2.5,))])) == [Returned(2), Returned(5.0)]


@pytest.mark.parametrize(
    "other",
    [
        Query("y"),
        Query("f"),
        Query("f", (Call((1,)),)),
        Query("f", (Call((1.0,)), Call((2,)))),
        Query("f", (Call((1,)), Call((2,), measured="time"))),
        Query("f", (Call((1,)), Call((2,))), draws=True),
        Query("g", (Call((1,)), Call((2,)))),
    ],
)
def test_another_question_ends_the_replay(other):
    kept = TranscriptEntry(Query("f", (Call((1,)), Call((2,)))), [Returned(2), Returned(4)])
    replayed = ReplayedStudent([kept, kept])
    with pytest.raises(OtherQuestionError):
        put(other, replayed)
    with pytest.raises(OtherQuestionError):
        put(kept.query, replayed)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_question_has_one_answer_a_key(query):
    entry = TranscriptEntry(query, put(query, STUDENT))
    assert [call for call, _ in entry.pairs] == [call for _, call in query.keys]


def test_calls_are_the_same_where_their_arguments_are_to_the_bit():
    assert same_call(Call((np.zeros(2), -0.0)), Call((np.zeros(2), -0.0)))
    assert not same_call(Call((0.0,)), Call((-0.0,)))
    assert not same_call(Call((np.zeros(2),)), Call((np.zeros(2, int),)))
    assert not same_call(Call((1,)), Call((), (("a", 1),)))


def test_a_call_is_the_key_of_its_answer():
    one, other = Call((1,)), Call((1,))
    assert one != other
    assert len({one, other, one}) == 2
    assert one.encoded is one.encoded


def test_a_name_that_is_no_function_is_missing_once_a_case():
    assert put(Query("x", (Call(), Call())), STUDENT) == [Missing("x", callable_wanted=True)] * 2
