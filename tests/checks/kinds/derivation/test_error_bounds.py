"""Error bounds hold, compared with evaluations with 400 digits."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.checks.kinds.derivation.chain import read_formula
from grader.checks.kinds.derivation.error import DerivationError
from grader.checks.kinds.derivation.error_bounds import LostDigits
from grader.checks.kinds.derivation.evaluate import SHARP_DIGITS, Evaluator, Undefined
from grader.checks.kinds.derivation.sample_points import SamplePoint
from grader.checks.kinds.derivation.symbols import Symbols

SYMBOLS = Symbols(data=("y",), minimised=("y_hat",), fixed=("sigma",))
POINT = SamplePoint(
    0,
    3,
    {"n": Decimal(3), "sigma": Decimal("0.713642")},
    {
        "y": (Decimal("1.618034"), Decimal("-2.236068"), Decimal("0.577216")),
        "y_hat": (Decimal("0.25"), Decimal(-2), Decimal("1.732051")),
    },
)
# `pi` and `e` are kept with 150 digits; 10^-140 and the like stand in for what they would show.
LEAVES = ["y_i", "ŷ_i", "σ", "n", "2", "(1/3)", "10^20", "10^-30", "(1 + 10^-60)", "(-0.7)"]
OPERATIONS = ["({} + {})", "({} - {})", "({} * {})", "({} / {})", "{}^({})"]
FUNCTIONS = [
    *("exp({})", "log({})", "sqrt({})", "|{}|", "-({})", "({})^2", "({})^-3", "({})^17"),
    *("sum({})", "prod({})", "sum_j (y_j * ({}))", r"\prod_j (ŷ_j / ({}))", "log(7 exp({}))"),
]
FORMULAS = st.recursive(
    st.sampled_from(LEAVES),
    lambda parts: st.one_of(
        st.builds(str.format, st.sampled_from(OPERATIONS), parts, parts),
        st.builds(str.format, st.sampled_from(FUNCTIONS), parts),
    ),
    max_leaves=12,
)


def measured(formula, digits):
    values, errors = Evaluator(((POINT,),)).values(formula, digits)
    return values[0], errors[0] if errors else Decimal(0)


@given(FORMULAS)
@settings(max_examples=200, deadline=None)
@example("y_i - 2^n 10^60 + 2^n 10^60")
@example("10^60 * ((1 + 10^-55) - 1)")
@example("((1/3 * 3 - 1) * 10^48)^17")
@example("(-1/3)^17 + (1/3)^(σ/3)")
@example("sqrt(1/3 + 10^-30) - sqrt(1/3)")
@example("0^(1/3)")
def test_no_value_is_further_off_than_its_bound(text):
    try:
        formula = read_formula(f"sum({text})", SYMBOLS)
        truth, off = measured(formula, 400)
    except (DerivationError, LostDigits, Undefined):
        return
    for digits in (50, SHARP_DIGITS):
        try:
            value, error = measured(formula, digits)
        except LostDigits:
            continue
        with localcontext(prec=500, Emin=-(10**10), Emax=10**10):
            assert abs(value - truth) <= error + off


@given(FORMULAS)
@settings(max_examples=200, deadline=None)
@example("1 / (3 * (1/3) - 1)")
@example("log(1 + 10^-60 - 1)")
@example("log(3 * (1/3 - 10^-60) - 1)")
@example("sqrt(1/3 - 10^-60 - 1/3)")
@example("(1/3 - 1/3)^(1/3)")
@example("(-2)^(n/3)")
@example("exp(exp(10^2 / 3))")
@example("exp(exp(10^3 / 3))")
def test_whether_there_is_a_value_does_not_hang_on_the_digits(text):
    found = set()
    for digits in (50, SHARP_DIGITS, 400):
        try:
            measured(read_formula(f"sum({text})", SYMBOLS), digits)
            found.add("a value")
        except DerivationError:
            return
        except Undefined as error:
            found.add(error.why)
        except LostDigits:
            pass
    assert len(found) <= 1


@pytest.mark.parametrize(
    "text",
    [
        *("sum(y_i - ŷ_i)^2 / 4", "sqrt(4)", "log(1)", "exp(0)", "y_i - y_i", "prod(n) - 27"),
        *("log(exp(n))", "2^n", "0^n", "|sum(y_i)|", "sum(-y_i)", "10^20 - 10^20"),
    ],
)
def test_what_is_not_rounded_is_exact(text):
    assert measured(read_formula(f"sum({text})", SYMBOLS), 50)[1] == 0


@pytest.mark.parametrize(
    "text",
    [
        *("1/3", "exp(n)", "log(n)", "sqrt(2)", "2^(1/3)", "pi", "e", "prod(y_i / 3)", "2^-1/3"),
        *("(1/3)^2", "(1/3)^7", "(1/3)^(1/3)", "log(σ/3)", "sqrt(σ/3)", "exp(σ/3)", "|σ/3|"),
    ],
)
def test_bounds_are_close(text):
    value, error = measured(read_formula(text.replace("/3)^2", "/3)^2 * sum(1)"), SYMBOLS), 50)
    assert 0 < error < abs(value) * Decimal("1e-47")


@pytest.mark.parametrize(
    "text",
    [
        "1 / ((1/3) * 3 - 1)",
        "log((1/3) * 3 - 1)",
        "sqrt((1/3) * 3 - 1)",
        "((1/3) * 3 - 1)^-1",
        "((1/3) * 3 - 1)^(1/2)",
        "(((1/3) * 3 - 1) * 10^60)^2 + (((1/3) * 3 - 1) * 10^60)^3",
        "((1/3) * 3 - 1)^(n/7)",
        "2^((1/3) * 3) - 2 + log((1/3) * 3 - 1)",
        "exp(((1/3) * 3 - 1) * 10^60)",
        "2^(((1/3) * 3 - 1) * 10^60)",
        "(1 + 1/(3 * 10^60))^(10^60)",
    ],
)
def test_whether_there_is_a_value_may_be_unknown(text):
    with pytest.raises(LostDigits):
        measured(read_formula(text, SYMBOLS), 50)
