"""What checks that call one function share, seen in a kind that adds nothing but its calls."""

from __future__ import annotations

from typing import ClassVar

import pytest
from pydantic import Field

from grader.checks.calls import CallCheck
from grader.checks.students.local import LocalStudent
from grader.errors import CheckError
from grader.guest.protocol.values import Call
from tests.checks.scripted import context_of, verdict_of


class CountsCheck(CallCheck):
    """A function gives what the reference gives, for 0, 1, 2 and so on."""

    kind: ClassVar[str] = "counts"

    counts: str = Field(description="Name of the function.")
    upto: int = Field(default=3, description="How many numbers.")

    def calls(self, context):
        return [Call((number,)) for number in range(self.upto)]


def check(**keys):
    return CountsCheck(name="a check", points=1, counts="f", **keys)


def square(x):
    return x * x


def test_an_answer_is_right_where_it_is_the_reference_s():
    assert verdict_of(check(), {"f": square}, {"f": lambda x: x**2}).passed


def test_the_first_wrong_answer_is_told_with_its_call():
    verdict = verdict_of(check(), {"f": square}, {"f": lambda x: 2 * x})
    assert verdict.message == "f(1) is 2, expected 1 (off by 100 %)."
    assert verdict.brief == "`f` gave a wrong answer."
    assert verdict.evidence == (0, 2, 4)


def test_all_calls_are_asked_at_once():
    prepared = check(upto=2).prepare(context_of({"f": square}))
    (query,) = check().queries(prepared)
    assert (query.name, [call.args for call in query.cases]) == ("f", [(0,), (1,)])


def test_a_bundle_holds_the_calls_and_judges_as_the_course_does():
    prepared = check().prepare(context_of({"f": square}))
    again = check().from_bundle(check().to_bundle(prepared))
    assert check().judge(again, LocalStudent({"f": square})).passed
    assert not check().judge(again, LocalStudent({"f": lambda _: 0})).passed


def test_calls_that_are_all_too_large_leave_the_check_for_grading():
    prepared = check(upto=1).prepare(context_of({"f": lambda _: [0.0] * 20_000}))
    assert check().to_bundle(prepared) is None


def test_a_reference_that_fails_is_the_author_s():
    with pytest.raises(CheckError, match=r"The reference fails: f\(0\) raised ZeroDivisionError"):
        check().prepare(context_of({"f": lambda x: 1 / x}))


def test_a_reference_that_does_not_pass_a_kind_s_own_rule_is_the_author_s():
    class NeverCheck(CountsCheck):
        def failures(self, prepared, answers):
            return super().failures(prepared, [*answers[1:], answers[0]])

    with pytest.raises(CheckError, match=r"The reference does not pass: f\(0\) is 1, expected 0"):
        NeverCheck(name="a", points=1, counts="f").prepare(context_of({"f": square}))


def test_what_no_answer_equals_is_the_author_s():
    with pytest.raises(CheckError, match="No answer could be right"):
        check().prepare(context_of({"f": lambda _: float("nan")}))
