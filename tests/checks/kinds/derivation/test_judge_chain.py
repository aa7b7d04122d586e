"""True rewritings of random formulas stay equal, and small changes are found."""

from __future__ import annotations

from decimal import localcontext

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from grader.checks.kinds.derivation.chain import read_chain, read_formula
from grader.checks.kinds.derivation.error import DerivationError
from grader.checks.kinds.derivation.error_bounds import LostDigits
from grader.checks.kinds.derivation.evaluate import DIGITS, Undefined
from grader.checks.kinds.derivation.functions import comparing
from grader.checks.kinds.derivation.goal import everywhere, set_goal
from grader.checks.kinds.derivation.judge_chain import judge_chain
from grader.checks.kinds.derivation.steps import affine, equal
from grader.checks.kinds.derivation.symbols import Symbols

SYMBOLS = Symbols(data=("y",), minimised=("y_hat",), fixed=("sigma",))
SQUARES = "sum((y_i - ŷ_i)^2)"
LOSS = f"n log(σ √(2π)) + {SQUARES} / (2σ²)"


def goal_at(seed):
    loss = read_formula(LOSS, SYMBOLS)
    return set_goal(SYMBOLS, (("minimise", loss),), loss, 1, seed)


PARTS = st.recursive(
    st.sampled_from(["y_i", "ŷ_i", "σ", "n", "2", "(1/3)", "pi", "(y_i - ŷ_i)", "(y_i^2 + 1)"]),
    lambda parts: st.one_of(
        st.builds(str.format, st.sampled_from(["({}+{})", "({}-{})", "({}*{})"]), parts, parts),
        st.builds(str.format, st.sampled_from(["({})^2", "exp({} / 9)", "(-{})", "|{}|"]), parts),
    ),
    max_leaves=5,
)  # fmt: skip
REWRITINGS = [
    ("sum({0} + {1})", "sum({0}) + sum({1})"),
    ("sum(σ * {0})", "σ sum({0})"),
    ("sum({0}) / (2σ^2)", "1/2 * σ^-2 * sum({0})"),
    ("sum({0})^2", "sum({0}) * sum({0})"),
    ("sum(({0} - {1})^2)", "sum(({0})^2) - 2 sum(({0}) * ({1})) + sum(({1})^2)"),
    ("prod(exp(({0})/99))", "exp(sum({0}) / 99)"),
    ("log prod(exp({0}))", "sum({0})"),
    ("log prod(σ * exp(-({0})))", "n log(σ) - sum({0})"),
    ("log prod(|{0}| + 1)", "sum(log(|{0}| + 1))"),
    ("sum(log(σ^2 * exp({0})))", "2 n log(σ) + sum({0})"),
    ("prod(σ * (|{0}| + 1))", "σ^n * prod(|{0}| + 1)"),
    ("prod((|{0}| + 1)^2)", "prod(|{0}| + 1)^2"),
    ("prod((|{0}| + 1) / (|{1}| + 2))", "prod(|{0}| + 1) / prod(|{1}| + 2)"),
    ("sum(1/n * ({0}))", "sum({0}) / n"),
    ("sum({0} - 1/n * sum({1}))", "sum({0}) - sum({1})"),
    ("sum(|{0}|^2)", "sum(({0})^2)"),
    ("sum(({0}) * (y_i - y_i))", "0"),
    ("sum(n)", "n^2"),
    ("sum(({0})^2 - ({1})^2)", "sum((({0}) - ({1})) * (({0}) + ({1})))"),
]


@given(PARTS, PARTS, st.sampled_from(REWRITINGS), st.integers(0, 2), st.booleans())
@settings(max_examples=80, deadline=None)
@example("exp((y_i)^2 / 9)", "n", REWRITINGS[0], 0, False)
def test_a_true_rewriting_is_never_called_false(one, other, rewriting, seed, turned):
    goal = goal_at(seed)
    texts = [text.format(one, other) for text in rewriting]
    if "sum({1})" in rewriting[0]:
        assume("_i" not in other or "- 1/n * sum" not in rewriting[0])
    try:
        with localcontext(comparing(DIGITS)):
            first, second = (
                everywhere(read_formula(text, SYMBOLS), goal.evaluator) for text in texts
            )
            pair = (second, first) if turned else (first, second)
            assert equal(*pair)
            assert affine(*pair).slope in {"up", "flat"}
    except (DerivationError, Undefined, LostDigits):
        pass  # refused, and not called false


CARRIERS = ["sum(ŷ_i)", "sum(y_i ŷ_i)", "sum(ŷ_i^3)", "exp(sum(ŷ_i) / 9)", "n sum(|ŷ_i|)"]
PLAIN_FACTORS = ["", "σ", "/ σ", "n", "/ n^2", "(σ - 1/7)", "(n - 1/2)", "log(1 + σ)", "sum(y_i^2)"]


def roots(low, high):
    return "".join(f"(n-{k})" for k in range(low, high))


WAYS = ["{0} + {1}", "({0}) * (1 + {1})", "({0}) * exp({1})", "{1} + ({0})", "{0} - {1}"]
SMALL = st.one_of(
    st.just("1"),
    st.integers(1, 300).map("10^-{}".format),
    st.integers(1, 60).map("10^{}".format),
    st.builds(roots, st.integers(1, 2), st.integers(3, 25)),
    st.integers(1, 2000).map("exp(-{} n)".format),
    st.integers(1, 2000).map("exp(-{} sum(y_i^2))".format),
    st.integers(1, 2000).map("exp(-{} sum((y_i - ŷ_i)^2))".format),
    st.integers(1, 400).map("(σ/1000)^{}".format),
    st.integers(1, 300).map("(σ^(10^-{}) - 1)".format),
    st.integers(1, 300).map("(exp(10^-{} n) - 1)".format),
)
BRANCHES = st.one_of(
    st.just("1"),
    st.integers(3, 10**9).map("(|σ-{0}| + σ - {0})".format),
    st.integers(2, 10**9).map("(|n-{0}| + n - {0})".format),
    st.integers(30, 10**9).map("(sqrt((n-{0})^2) - n + {0})".format),  # beyond the roots
    st.integers(2, 100).map("(1 + (-1)^(n+{}))".format),
    st.integers(3, 9).map("(1 - (-1)^(10^{} σ))".format),
)


@given(
    st.sampled_from(CARRIERS),
    st.sampled_from(PLAIN_FACTORS),
    st.tuples(SMALL, BRANCHES),
    st.sampled_from(WAYS),
    st.sampled_from("=~"),
    st.integers(0, 4),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
@example("sum(ŷ_i)", "", ("10^-60", "1"), "{0} + {1}", "=", 0)
@example("sum(ŷ_i)", "", (roots(2, 10), "1"), "{0} + {1}", "~", 0)
@example("sum(ŷ_i)", "", (f"{roots(1, 10)} exp(-n)", "1"), "({0}) * (1 + {1})", "=", 0)
@example("sum(ŷ_i)", "", ("10^-52", "(|σ-2| + σ - 2)"), "{0} + {1}", "=", 0)
@example("sum(ŷ_i)", "", ("(|σ-2| + σ - 2)", "(|n-35| + n - 35)"), "{0} + {1}", "=", 0)
@example("sum(ŷ_i)", "", ("(|σ-3| + σ - 3)", "(|n-35| - n + 35)"), "{0} + {1}", "=", 0)
@example("sum(ŷ_i)", "", ("10^-104", "(|n-9| + n - 9)"), "{0} + {1}", "=", 0)
@example("sum(ŷ_i)", "", ("1", "(|n-35| + n - 35)"), "({0}) * exp({1})", "=", 0)
@example("sum(ŷ_i)", "", (roots(2, 12), "(1 + (-1)^(n+3))"), "({0}) * exp({1})", "=", 1)
def test_a_small_change_is_never_called_true(carrier, factor, hidden, way, relation, seed):
    junk = f"({' * '.join(hidden)}) * ({carrier} {factor})"
    text = f"{LOSS}\n{relation} {way.format(LOSS, junk)}"
    try:
        failure = judge_chain(read_chain(text, SYMBOLS), goal_at(seed))
    except DerivationError:
        return
    assert failure is not None
    # What is a step goes on to the last line, which is then not the target.
    assert failure.evidence[0] != "target"


@pytest.mark.parametrize("seed", range(12))
def test_no_draw_of_points_is_blind_to_small_numbers_of_examples(seed):
    for junk in (
        roots(2, 10),
        f"{roots(1, 10)} (|n - 12| + 12 - n)",
        f"(1 - (-1)^n) {roots(2, 3)}",
    ):
        for relation in "=~":
            text = f"{LOSS}\n{relation} {LOSS} + {junk} * sum(ŷ_i)"
            failure = judge_chain(read_chain(text, SYMBOLS), goal_at(seed))
            assert failure is not None
            assert failure.evidence[0] == "step"
