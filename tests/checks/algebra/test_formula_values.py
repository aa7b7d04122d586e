"""Values of formulas: against mpmath, and where there are none."""

from __future__ import annotations

from decimal import Decimal

import mpmath
import pytest

from grader.checks.algebra.chain import read_formula
from grader.checks.algebra.evaluate import SHARP_DIGITS, Undefined, table_of
from grader.checks.algebra.points import Point, draw_groups
from grader.checks.algebra.symbols import Symbols

SYMBOLS = Symbols(data=("y",), minimised=("y_hat",), fixed=("sigma",))
POINT = Point(
    0,
    2,
    {"n": Decimal(2), "sigma": Decimal("0.5")},
    {"y": (Decimal(1), Decimal(3)), "y_hat": (Decimal("0.25"), Decimal(-2))},
)


def value(text, digits=50):
    return table_of(read_formula(text, SYMBOLS), ((POINT,),), digits)[0][0]


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
    ],
)
@pytest.mark.parametrize("digits", [50, SHARP_DIGITS])
def test_values_are_right_to_the_last_digits(text, truth, digits):
    with mpmath.workdps(digits + 20):
        error = abs(mpmath.mpf(str(value(text, digits))) - truth())
        assert error < mpmath.mpf(10) ** (3 - digits)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1/(sigma - 0.5)", "divides by zero"),
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
