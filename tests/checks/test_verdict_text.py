"""The texts of failed checks; those of hidden checks carry at most 2 bits.

What a student's code can choose between can carry hidden inputs out: n texts are log2(n) bits a
check, in addition to passing it.
"""

from __future__ import annotations

import pickle

import matplotlib.pyplot as plt
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.verdict_text import WAYS, call_text, evidence_of, failure_of, wrong_answer
from grader.compare import compare
from grader.guest.protocol.values import Call, Died, Missing, Opaque, Raised, Returned, TimedOut
from tests.checks.scripted import Scripted, check_of, context_of
from tests.compare.test_comparing import anything

LOOP = "(endless loop?)"
SILENT = "gave no answer: it took too long, or ended its process"


@pytest.mark.parametrize(
    ("answer", "message", "brief"),
    [
        (Missing("f"), "is not defined", "is not defined"),
        (Missing("f", True), "is not defined as a function", "is not defined"),
        (Raised("ValueError", "p < 0"), "raised ValueError: p < 0", "raised an exception"),
        (Raised("ValueError", ""), "raised ValueError", "raised an exception"),
        (Raised("Secret42", "x"), "raised Secret42: x", "raised an exception"),
        (Raised("print", "x"), "raised print: x", "raised an exception"),
        (Raised("int", "x"), "raised int: x", "raised an exception"),
        (Raised("A\x1b", "b\nc"), r"raised A\x1b: b\nc", "raised an exception"),
        (TimedOut(2.0), f"timed out after 2 s {LOOP}", SILENT),
        (
            TimedOut(30.0, "exercise"),
            f"timed out: all answers together take over 30 s {LOOP}",
            SILENT,
        ),
        (Died("signal 11"), "gave no answer: signal 11", SILENT),
    ],
)
def test_what_is_no_value_has_a_message_and_a_brief(answer, message, brief):
    failure = failure_of(answer)
    assert failure.message == message
    assert failure.brief == brief


def test_a_value_is_no_failure():
    assert failure_of(Returned(None)) is None


def test_a_call_without_a_result_is_asked_about_its_return():
    mismatch = compare(None, 0.5)
    assert wrong_answer(None, mismatch).message.endswith("; does it `return` its result?")
    assert "return" not in wrong_answer(None, mismatch, from_call=False).message


def test_a_call_is_written_as_a_student_would():
    call = Call((np.array([1.0, 2.0]), "a\n"), (("k", None),))
    assert call_text("f", call) == r"f(array([1.0, 2.0]), 'a\n', k=None)"


def test_evidence_tells_kinds_of_answers_apart():
    answers = [
        Returned(0.5),
        Returned(0.5, ("0",)),
        Returned(Opaque("Foo", "at 1")),
        Raised("ValueError", "text"),
        Missing("f"),
    ]
    assert evidence_of(answers) == (
        0.5,
        ("changed its arguments", 0.5),
        ("opaque", "Foo"),
        ("raised", "ValueError"),
        "missing",
    )


@pytest.mark.parametrize(("end", "word"), [(TimedOut(1.0), "timed out"), (Died("x"), "died")])
def test_evidence_ends_where_the_answers_do(end, word):
    assert evidence_of([Returned(1), end, end, Returned(2)]) == (1, word)


def test_a_name_that_is_missing_is_evidence_of_nothing():
    assert evidence_of([Missing("f"), Missing("f")]) == ()


def test_evidence_comes_whole_out_of_another_process():
    answers = [
        Returned(1.5),
        Returned([1], ("0",)),
        Raised("ValueError", "no such p"),
        Missing("f"),
    ]
    answers += [TimedOut(5.0), Died("its process was ended by SIGSEGV"), Returned(Opaque("A", "a"))]
    evidence = evidence_of(answers)
    sent = pickle.loads(pickle.dumps(evidence))
    assert sent == evidence
    assert sent[2].text == "no such p"


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
