"""Whatever a student answers, a check gives a verdict, and wrong things do not pass."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.guest.protocol.values import Died, Missing, Opaque, Raised, Returned, TimedOut
from tests.checks.scripted import Scripted, check_of, context_of
from tests.test_compare import anything

REFERENCE = {
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
    pytest.param(check, check.prepare(context_of(REFERENCE)), id=f"{check.kind}{number}")
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
