"""However a call of a hidden check fails, its student reads one of a few texts.

What a student's code can choose between is what it can carry hidden inputs out with: n texts are
log2(n) bits a check, beside passing it.
"""

import matplotlib.pyplot as plt
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.verdict_text import WAYS
from grader.guest.protocol.values import Died, Missing, Opaque, Raised, Returned, TimedOut
from tests.checks.scripted import Scripted, check_of, context_of
from tests.test_compare import anything


def draw(x):
    figure, axes = plt.subplots()
    axes.plot([0.0, 1.0], [x, x], label="one")
    axes.plot([0.0, 1.0], [x, x + 1], label="two")
    axes.set(title="t", xlabel="x", yscale="log")
    axes.legend()
    return figure


def objects_to_all(student, reference, rng):
    x = rng.normal()
    assert student.f(x) == student.g(x)


REFERENCE = {
    "f": lambda x: 3.0 * np.asarray(x, float) + 0.25,
    "g": lambda x: 3.0 * x + 0.25,
    "exact_f": lambda x: mpmath.mpf(x) * 3 + mpmath.mpf("0.25"),
    "slope": lambda x: 2.0 * x,
    "square": lambda x: x * x,
    "root": np.sqrt,
    "draw": draw,
    "total": sum,
}
GIVEN = {"x": {"uniform": [1, 2]}}
FOUR = {f"`f` {way}." for way in WAYS}
OTHERS = WAYS[:3]
CHECKS = {
    "function": (check_of(function="f", given=GIVEN, trials=3), FOUR),
    "property": (
        check_of(property="f(x) == g(x)", given=GIVEN, trials=3),
        {f"`f` or `g` {way}." for way in OTHERS}
        | {"It does not hold for every input that was tried."},
    ),
    "stability": (
        check_of(stability="f", truth="exact_f", over={"x": [0.5, 1.5]}),
        {"`f` does not stay accurate over the whole range."},
    ),
    "gradient": (
        check_of(gradient="slope", of="x**2", wrt=["x"], given=GIVEN, trials=3),
        {f"`slope` {way}." for way in WAYS},
    ),
    "gradient_of_ones_own": (
        check_of(gradient="slope", of="square", wrt=["x"], given=GIVEN, trials=3),
        {f"`slope`, or `square`, whose gradient it is, {way}." for way in (*OTHERS, WAYS[3])},
    ),
    "cost": (
        check_of(
            cost="total",
            over={"n": [50, 100, 200]},
            at_most=1,
            given={"x": {"normal": [0, 1], "shape": "n"}},
            tolerance={"atol": 1e-9},
        ),
        {f"`total` {way}." for way in WAYS}
        | {"`total` takes time that grows too fast with its input."},
    ),
    "raises": (
        check_of(
            raises="root", exception="TypeError", cases=[{"args": ["a"]}], accepts=[{"args": [4.0]}]
        ),
        {f"`root` {way}." for way in (WAYS[0], WAYS[2])}
        | {"`root` should raise TypeError for every bad input and accept every good one."},
    ),
    "python": (
        check_of(python="objects_to_all", about="f"),
        {f"`f` {way}." for way in (*OTHERS, "is not right")},
    ),
    "plot": (
        check_of(
            plot="draw", given=GIVEN, trials=2, title=True, xlabel=True, legend=2, yscale="log"
        ),
        {f"`draw` {way}." for way in (*OTHERS, "did not draw what is asked for")},
    ),
}


class Answers(Scripted):
    """Gives one answer after another, whatever it is asked."""

    def __init__(self, answers):
        self.answers = answers
        self.given = 0

    def get(self, name):
        self.given += 1
        return self.answers[self.given % len(self.answers)]

    def call(self, name, cases):
        return [self.get(name) for _ in cases]

    def draw(self, name, cases):
        return self.call(name, cases)


PREPARED = {}


def prepared(kind):
    if kind not in PREPARED:
        context = context_of(REFERENCE, authored={"objects_to_all": objects_to_all})
        PREPARED[kind] = CHECKS[kind][0].prepare(context)
    return PREPARED[kind]


answer = st.one_of(
    st.builds(Returned, anything, st.lists(st.text(), max_size=2).map(tuple)),
    st.builds(Returned, st.floats()),
    st.builds(Raised, st.sampled_from(["ValueError", "TypeError", "OSError", "Own"]), st.text()),
    st.builds(Missing, st.text(), st.booleans()),
    st.builds(TimedOut, st.floats(0, 100), st.sampled_from(["call", "exercise", "cpu"])),
    st.builds(Died, st.text()),
    st.builds(Returned, st.builds(Opaque, st.text(), st.text())),
)


@pytest.mark.parametrize("kind", CHECKS)
@settings(deadline=None)  # the first answer of a kind waits for its preparation
@given(answers=st.lists(answer, min_size=1, max_size=6))
def test_a_failure_is_told_in_one_of_a_few_texts(kind, answers):
    check, texts = CHECKS[kind]
    verdict = check.judge(prepared(kind), Answers(answers))
    assert verdict.passed or verdict.brief in texts


@pytest.mark.parametrize("kind", CHECKS)
@pytest.mark.parametrize("name", ["ValueError", "ZeroDivisionError", "Own"])
def test_no_exception_is_named_but_to_the_instructor(kind, name):
    check, texts = CHECKS[kind]
    verdict = check.judge(prepared(kind), Scripted(Raised(name, "no")))
    assert name in verdict.message
    assert name not in verdict.brief
    assert verdict.brief in texts


def test_there_are_few_texts():
    assert all(len(texts) <= 5 for _, texts in CHECKS.values())
