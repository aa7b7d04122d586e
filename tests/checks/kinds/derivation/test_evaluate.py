"""Values of formulas: against mpmath, and where there are none."""

from __future__ import annotations

from decimal import Decimal, localcontext

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.kinds.derivation.chain import read_formula
from grader.checks.kinds.derivation.evaluate import SHARP_DIGITS, Evaluator, Undefined
from grader.checks.kinds.derivation.sample_points import SamplePoint, draw_groups
from grader.checks.kinds.derivation.symbols import Symbols

SYMBOLS = Symbols(data=("y",), minimised=("y_hat",), fixed=("sigma",))
POINT = SamplePoint(
    0,
    2,
    {"n": Decimal(2), "sigma": Decimal("0.5")},
    {"y": (Decimal(1), Decimal(3)), "y_hat": (Decimal("0.25"), Decimal(-2))},
)


def value(text, digits=50):
    return Evaluator(((POINT,),)).values(read_formula(text, SYMBOLS), digits).values[0]


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("pi", lambda: +mpmath.pi),
        ("e", lambda: +mpmath.e),
        ("e^(-sigma)", lambda: mpmath.exp(-0.5)),
        ("2^sigma", lambda: mpmath.sqrt(2)),
        ("exp(-3) + log(7) - sqrt(2)", lambda: mpmath.exp(-3) + mpmath.log(7) - mpmath.sqrt(2)),
        ("|sum(ŷ_i)| / n", lambda: mpmath.mpf(7) / 8),
        ("prod(y_i - ŷ_i)", lambda: mpmath.mpf(15) / 4),
        ("sum(y_i^2) - sum(y_i)^2", lambda: mpmath.mpf(-6)),
        (r"\sum_i y_i \sum_j ŷ_j y_i", lambda: mpmath.mpf(-35) / 2),
        (r"\sum_i \sum_i \sum_j y_i ŷ_j", lambda: mpmath.mpf(-14)),
        (r"\sum_i \sum_j (y_i ŷ_j + \sum_k (y_k + y_i))", lambda: mpmath.mpf(25)),
        (r"\sum_i \sum_j \sum_k (y_k y_i + ŷ_j)^2", lambda: mpmath.mpf(641) / 4),
        ("prod(n) + sum(sigma)", lambda: mpmath.mpf(5)),
    ],
)
@pytest.mark.parametrize("digits", [50, SHARP_DIGITS])
def test_values_are_right_to_the_last_digits(text, truth, digits):
    with mpmath.workdps(digits + 20):
        error = abs(mpmath.mpf(str(value(text, digits))) - truth())
        assert error < mpmath.mpf(10) ** (3 - digits)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("log(exp(y_sum))", lambda: mpmath.mpf(4)),
        ("log(sigma exp(-3) * 7 e^(y_sum))", lambda: 1 + mpmath.log(3.5)),
        ("log(exp(2) / sigma)", lambda: 2 + mpmath.log(2)),
        ("log(-sigma / (-3 exp(2)))", lambda: mpmath.log(0.5 / mpmath.mpf(3)) - 2),
        ("log(1 / exp(2))", lambda: mpmath.mpf(-2)),
        ("log(exp(2) / exp(3))", lambda: mpmath.mpf(-1)),
        ("log(sigma / 3)", lambda: mpmath.log(0.5 / mpmath.mpf(3))),
        ("log prod(exp(y_i))", lambda: mpmath.mpf(4)),
        ("log prod(sigma e^(-y_i^2))", lambda: 2 * mpmath.log(0.5) - 10),
        ("log(prod(y_i / exp(ŷ_i)) / 2)", lambda: mpmath.log(1.5) + 1.75),
        ("log prod(y_i - ŷ_i)", lambda: mpmath.log(15 / mpmath.mpf(4))),
        ("log prod(exp(sigma))", lambda: mpmath.mpf(1)),
        ("log(exp(10^30) exp(-10^30) exp(1))", lambda: mpmath.mpf(1)),
        (r"\sum_i log \prod_j y_i exp(ŷ_j)", lambda: 2 * mpmath.log(3) - 3.5),
    ],
)
@pytest.mark.parametrize("digits", [50, SHARP_DIGITS])
def test_the_logarithm_of_a_product_of_exponentials_is_the_sum_of_its_logarithms(
    text, truth, digits
):
    with mpmath.workdps(digits + 20):
        error = abs(mpmath.mpf(str(value(text.replace("y_sum", "sum(y_i)"), digits))) - truth())
        assert error < mpmath.mpf(10) ** (3 - digits)


LEAVES = ["y_i", "ŷ_i", "sigma", "n", "2", "(-3)", "0.5"]
FACTORS = st.recursive(
    st.sampled_from(LEAVES) | st.sampled_from(LEAVES).map("exp({})".format),
    lambda parts: st.one_of(
        st.tuples(parts, parts).map("({0[0]} * {0[1]})".format),
        st.tuples(parts, parts).map("({0[0]} / {0[1]})".format),
    ),
    max_leaves=6,
)


@given(FACTORS)
@settings(max_examples=100, deadline=None)
def test_the_logarithm_of_a_product_is_the_logarithm_of_its_value(factors):
    factors = f"{factors} * prod(y_i * {factors})"
    number = value(f"prod({factors})", SHARP_DIGITS)
    if number > 0:
        with localcontext(prec=SHARP_DIGITS):
            assert abs(value(f"log prod({factors})") - number.ln()) < Decimal("1e-40")
    else:
        with pytest.raises(Undefined, match="takes a log"):
            value(f"log prod({factors})")


def test_what_is_worked_out_for_a_copy_stays_there():
    kept = Evaluator(draw_groups(SYMBOLS, 3))
    kept.values(read_formula("sigma", SYMBOLS))
    before = kept.copy().values(read_formula("log(sigma) + sum(y_i ŷ_i)", SYMBOLS))
    assert kept.values(read_formula("sum(y_i) / n", SYMBOLS)) != before
    assert kept.values(read_formula("log(sigma) + sum(y_i ŷ_i)", SYMBOLS)) == before


def test_the_first_point_without_a_value_is_named():
    groups = draw_groups(SYMBOLS, 3)
    with pytest.raises(Undefined) as caught:
        Evaluator(groups).values(read_formula("1 / (n - 3)", SYMBOLS))
    assert caught.value.point == groups[1][0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1/(sigma - 0.5)", "divides by zero"),
        ("(sigma - 0.5)^-2", "divides by zero"),
        ("(sigma - 0.5)^(-1/3)", "divides by zero"),
        ("log(0)", "takes a log, root or power"),
        ("sqrt(-1)", "takes a log, root or power"),
        ("(-2)^sigma", "takes a log, root or power"),
        ("0^0", "takes a log, root or power"),
        ("exp(exp(exp(10)))", "leaves the range"),
        ("exp(-exp(exp(10)))", "leaves the range"),
        ("(((9^999)^999)^999)^999", "leaves the range"),
    ],
)
def test_a_formula_without_a_value_says_why(text, why):
    with pytest.raises(Undefined) as caught:
        value(text)
    assert why in caught.value.why


def test_points_are_the_same_for_the_same_seed_and_free_numbers_vary_within_a_group():
    assert draw_groups(SYMBOLS, 7) == draw_groups(SYMBOLS, 7) != draw_groups(SYMBOLS, 8)
    free = SYMBOLS.freed(("sigma",))
    for group in draw_groups(free, 7):
        assert len({point.scalars["sigma"] for point in group}) == len(group)
        assert len({point.vectors["y"] for point in group}) == 1
