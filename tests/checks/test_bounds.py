"""What an author's code makes of answers takes so much time and memory, whatever they are."""

import os
import re
import resource
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from grader.checks.base import Check, failed, passed
from grader.checks.bounds import is_harmless, judge_within_bounds
from grader.checks.kinds.value import ValueCheck
from grader.checks.students.local import LocalStudent
from grader.errors import CheckError
from grader.guest.protocol.values import Died, Missing, Opaque, Raised, Returned, TimedOut
from tests.checks.scripted import check_of, context_of, returning

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing can be forked here")

FEW_BYTES = 200 << 20


def children_s() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


# What is harmless


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0.5, float("nan"), 1e300, 2j, 0, 1, -1, "text", b"bytes", Opaque("A", "a")),
        *([0.5] * 1000, (0.5, [1, {"a": 0.5}]), np.zeros(5000), np.zeros(3, bool)),
        *(np.array([0, 1, 1]), np.zeros(0, int), {1, 0.5}),
    ],
)
def test_what_no_code_can_blow_up_is_harmless(value):
    assert is_harmless(Returned(value))


@pytest.mark.parametrize("answer", [Raised("E", ""), Missing("f"), TimedOut(1.0), Died("so")])
def test_what_is_no_value_is_harmless(answer):
    assert is_harmless(answer)


@pytest.mark.parametrize(
    "value",
    [
        *(2, 10**11, -(10**400), [0.5, [3]], (10**11, 3), {"a": 5}, {5: "a"}, {7}),
        *("a" * 100_000, b"a" * 100_000, [0.5] * 3000, np.zeros(20_000), np.array([0, 7])),
        *([["a" * 40_000], "a" * 40_000], np.zeros(1 << 20, "i1")),
    ],
)
def test_whole_numbers_and_large_values_are_not(value):
    assert not is_harmless(Returned(value))


# Checks


PAIR = {"pair": (3, 2), "_slow": lambda n: [0 for _ in range(n)]}
HUGE = 10**11


def witness(*claims, unpack=("p", "q")):
    requires = [{"that": claim, "otherwise": "not right"} for claim in claims]
    return check_of(witness="pair", unpack=list(unpack), requires=requires)


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("2 ** p > q > 0", (HUGE, 3)),
        ("1 << p > q", (HUGE, 3)),
        ("len('a' * p) >= q", (HUGE, 3)),
        ("len([0] * p) >= q", (HUGE, 3)),
        ("math.factorial(p) > q", (10**8, 3)),
        ("math.comb(2 * p, p) > q", (10**8, 3)),
        ("sum(range(p)) > q", (HUGE, 3)),
        ("all(k >= 0 for k in range(p))", (HUGE, 3)),
        ("np.zeros(p).sum() == 0 < q", (HUGE, 3)),
        ("np.arange(float(p)).sum() > q", (HUGE, 3)),
        ("p ** p ** p > q", (20, 3)),
        ("3 ** p % 7 > 0", (10**9, 3)),
        ("len(str(p)) < 9999 and len(str(10 ** p)) > q", (5000, 3)),
        ("float(p) > q", (10**400, 3)),
        ("len(_slow(p)) == p > q", (HUGE, 3)),
        ("np.size(np.tile(p, 1_000_000)) > q", (np.zeros(30_000), 3)),
    ],
)
def test_no_object_makes_a_claim_hang_or_fill_the_memory(claim, value, monkeypatch):
    monkeypatch.setattr("grader.checks.bounds._APART_WITHIN_S", 0.5)
    check = witness(claim)
    prepared = check.prepare(context_of({**PAIR, "pair": (3, 2)}))
    used, started = children_s(), resource.getrusage(resource.RUSAGE_SELF)
    verdict = judge_within_bounds(check, prepared, returning(value))
    assert not verdict.passed
    assert verdict.message.isprintable()
    assert children_s() - used < 5
    ended = resource.getrusage(resource.RUSAGE_SELF)
    assert ended.ru_utime - started.ru_utime < 2
    assert ended.ru_maxrss - started.ru_maxrss < FEW_BYTES >> 10


def judged(check, reference, student):
    return judge_within_bounds(check, check.prepare(context_of(reference)), student)


class Counting(LocalStudent):
    """Counts how often it is asked."""

    asked = 0

    def call(self, name, cases):
        self.asked += len(cases)
        return super().call(name, cases)


COUNTS = {"f": lambda n: n + 7, "g": lambda n: 2 * n}


@pytest.mark.parametrize(
    "check",
    [
        check_of(property="f(g(3)) == g(3) + 7 and f(1) == 8"),
        check_of(property="f(3) + g(5) == 20 and f(4) - g(9) == -7"),
    ],
    ids=["fed back", "at once"],
)
def test_a_right_answer_in_whole_numbers_passes_and_is_asked_once(check):
    reference, student = Counting(COUNTS), Counting(COUNTS)
    assert check.judge(check.prepare(context_of(COUNTS)), reference).passed
    assert judged(check, COUNTS, student).passed
    assert student.asked == reference.asked


@pytest.mark.parametrize(
    ("claim", "answer"),
    [("2 ** f(5) > 0", HUGE), ("2 ** f(f(5)) > 0", HUGE), ("f(5) + f(6) == 25", 10**400)],
)
def test_no_answer_makes_a_property_hang(claim, answer, monkeypatch):
    monkeypatch.setattr("grader.checks.bounds._APART_WITHIN_S", 0.5)
    verdict = judged(check_of(property=claim), COUNTS, returning(answer))
    assert not verdict.passed


AUTHORED = {
    "power": lambda student, reference, rng: 2 ** student.f(5),
    "same": lambda student, reference, rng: _hold(student.f(5) == 12),
    "catches": lambda student, reference, rng: _caught(lambda: 2 ** student.f(5)),
}


def _hold(truth):
    assert truth


def _caught(do):
    try:
        do()
    except BaseException:
        assert do() > 0


@pytest.mark.parametrize(
    ("python", "answer", "passes"),
    [("power", HUGE, False), ("catches", HUGE, False), ("same", 12, True), ("same", HUGE, False)],
)
def test_no_answer_makes_an_authors_function_hang(python, answer, passes, monkeypatch):
    monkeypatch.setattr("grader.checks.bounds._APART_WITHIN_S", 0.5)
    context = replace(context_of(COUNTS), authored=AUTHORED)
    check = check_of(python=python, about="f")
    verdict = judge_within_bounds(check, check.prepare(context), returning(answer))
    assert verdict.passed is passes
    assert passes or verdict.message.endswith(".")


def test_a_loop_that_an_answer_leads_nowhere_ends(monkeypatch):
    monkeypatch.setattr("grader.checks.bounds._EVALUATED_WITHIN_S", 0.3)

    def settle(x):
        while not x > 0:
            x = x / 2
        return x

    check = check_of(property="reference._settle(f(0.5)) > 0")
    verdict = judged(check, {"f": lambda x: x, "_settle": settle}, returning(-1.0))
    assert verdict.message == (
        "`f`: this check cannot be evaluated with your answers: it takes too long."
    )


class Slow(ValueCheck):
    """Compares for as long as a test wants."""

    def judge(self, prepared, student):
        student.get(self.value)
        while True:
            pass


def test_what_only_compares_ends_as_well(monkeypatch):
    monkeypatch.setattr("grader.checks.bounds._COMPARED_WITHIN_S", 0.3)
    check = Slow.model_validate({"name": "a check", "points": 1, "value": "x"})
    verdict = judged(check, {"x": 0.5}, returning(0.5))
    assert "too long" in verdict.message


class Other(Check):
    """A kind of somebody else's."""

    kind: ClassVar[str] = "other"
    subject: ClassVar[str] = "x"

    def prepare(self, context):
        return None

    def judge(self, prepared, student):
        value = student.get("x").value
        if value == 3:
            raise CheckError("at fault")
        if value == 4:
            os._exit(9)
        if value == 5:
            return failed(repr(type(student.work)), brief="no.")
        return passed() if 2**value else failed("no", brief="no.")


@pytest.mark.parametrize(("value", "said"), [(HUGE, "5 s|memory|raises"), (4, "its process ended")])
def test_a_kind_of_somebody_elses_is_bounded_too(value, said, capfd):
    check = Other(name="a check", points=1)
    assert re.search(said, judged(check, {}, returning(value)).message)


def test_what_comes_from_a_bundle_is_judged_where_it_is(monkeypatch):
    monkeypatch.setattr("os.fork", lambda: pytest.fail("a student's kernel was forked"))
    check = Other(name="a check", points=1)
    assert judge_within_bounds(check, None, returning(7), apart=False).passed


def test_what_a_check_raises_apart_is_raised_here():
    with pytest.raises(CheckError, match="at fault"):
        judged(Other(name="a check", points=1), {}, returning(3))


def test_a_check_that_is_judged_apart_may_look_at_the_work():
    student = LocalStudent({"x": 5})
    assert "Work" in judged(Other(name="a check", points=1), {}, student).message
