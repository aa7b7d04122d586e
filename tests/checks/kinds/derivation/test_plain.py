"""The plain form: the same for what is only written otherwise, and not for what is a step."""

from __future__ import annotations

import time
from decimal import localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.kinds.derivation.chain import read_formula
from grader.checks.kinds.derivation.error import DerivationError
from grader.checks.kinds.derivation.error_bounds import LostDigits
from grader.checks.kinds.derivation.evaluate import DIGITS, Evaluator, Undefined
from grader.checks.kinds.derivation.evaluated_formula import EvaluatedFormula
from grader.checks.kinds.derivation.functions import comparing
from grader.checks.kinds.derivation.plain import plain_form
from grader.checks.kinds.derivation.sample_points import small_groups
from grader.checks.kinds.derivation.steps import differ
from grader.checks.kinds.derivation.symbols import Symbols

SYMBOLS = Symbols(data=("y",), minimised=("y_hat",), fixed=("sigma",))
S = "sum((y_i - ŷ_i)^2)"


def plain(text):
    return plain_form(read_formula(text, SYMBOLS))


@pytest.mark.parametrize(
    "texts",
    [
        [f"{S} / (2σ²)", f"1/(2σ²) {S}", f"1/2 * {S} / σ^2", f"0.5 σ^-2 {S}", f"½σ⁻² {S}",
         f"{S}/2/σ/σ", f"-(-{S}/(2σ²))", f"{S} / (2σ²) + 0", f"1 * {S} / (2σ²) * 1 / 1",
         r"\frac{1}{2\sigma^2} \sum_{j=1}^n (y_j - \hat y_j)^2",
         r"(\sum_k \frac{(\hat y_k - y_k)^2}{2}) / σ^2", f"2/4 * σ^-2 ({S})",
         f"{S}/(2σ²) + log(1)", f"{S}/(2σ²) + σ - σ", f"{S}/(2σ²) * σ/σ", f"({S}/(2σ²))^1",
         f"{S}/(2σ²) exp(0)", f"{S}/(2σ²) + 0 log(σ)", f"{S}/(4σ²) + {S}/(4σ²)",
         f"{S}/(2σ²) * log(e)", f"{S}/(2σ²) * n^0", f"{S}/(2σ²) + log(2)(1/2 - 0.5)"],
        ["-sum(log(σ))", "sum(-log(σ))", "- 1 * sum(log(σ))", "0 - sum(log(σ))", r"-\sum_j \ln σ"],
        ["n - 2σ", "-2σ + n", "-(2σ - n)", "n - σ - σ", "n - 2(σ)", "-2 (σ - n/2)"],
        ["sqrt(2 pi) σ", "σ √(2π)", "σ (2π)^(1/2)", "σ/(2π)^(-1/2)"],
        ["exp(-σ)", "e^(-σ)", "e^{-σ}", "1 e^(-1 * σ)"],
        ["|2 - n|", "|n - 2|", "|-(n - 2)|"],
        ["σ^n", "σ**n", "1/σ^(-n)"],
        ["|σ|", "σ", "abs(-σ)"],
        ["sqrt(σ)^2", "σ"],
        ["2^10", "1024"],
    ],
    ids=lambda texts: texts[0],
)  # fmt: skip
def test_what_is_only_written_otherwise_is_the_same_line(texts):
    assert len({plain(text).text for text in texts}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("log(prod(exp(y_i)))", "sum(log(exp(y_i)))"),
        ("sum(log(exp(y_i)))", "sum(y_i)"),
        ("log(1/σ)", "-log(σ)"),
        ("log(σ^2)", "2 log(σ)"),
        ("sum(σ)", "n σ"),
        ("sum(σ y_i)", "σ sum(y_i)"),
        ("sum(y_i + 1)", "sum(y_i) + n"),
        ("sum(y_i^2 + ŷ_i)", "sum(y_i^2) + sum(ŷ_i)"),
        ("σ (n + 1)", "σ n + σ"),
        ("exp(σ + 1)", "exp(σ) exp(1)"),
        ("exp(log(σ))", "σ"),
        ("sqrt(σ^2)", "σ"),
        ("sum((y_i - ŷ_i)^2)", "sum(y_i^2 - 2 y_i ŷ_i + ŷ_i^2)"),
        ("sum((y_i - ŷ_i)^2)", "n/n^2 sum((y_i - ŷ_i)^2)"),
        ("sum(y_i)", "sum(ŷ_i)"),
        (r"\sum_i \sum_j y_i ŷ_j", r"\sum_i \sum_j y_j ŷ_i"),
        ("sum(y_i)^2", "sum(y_i^2)"),
        ("2 n", "3 n"),
        ("n", "-n"),
    ],
)
def test_a_step_is_not_the_same_line(one, other):
    assert plain(one) != plain(other)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("-log prod(exp(y_i))", {("log", "product")}),
        ("-sum(log(exp(y_i)))", {("sum", "log")}),
        ("n log(σ) + sum(y_i)", {("log",), ("sum",)}),
        ("sum(log(σ) + y_i^2) + log(2)", {("sum", "log"), ("log",)}),
        ("n log(σ) + 0 * sum(y_i) + sum(log(1))", {("log",)}),
        ("exp(sum(y_i)) |sum(ŷ_i)|^n", {("sum",)}),
        ("2", set()),
    ],
)
def test_the_shape_tells_what_stands_in_what(text, shape):
    assert plain(text).shape == shape


LEAVES = ["y_i", "ŷ_i", "σ", "n", "2", "(1/3)", "0", "1", "(-1)", "0.5"]
FORMULAS = st.recursive(
    st.sampled_from(LEAVES),
    lambda parts: st.one_of(
        st.builds(
            str.format,
            st.sampled_from(["({} + {})", "({} - {})", "({} * {})", "({} / {})", "({})^({})"]),
            parts,
            parts,
        ),
        st.builds(
            str.format,
            st.sampled_from(["exp({})", "-({})", "({})^2", "({})^-1", "|{}|", "sum({})", "prod({})",
                             "log(|{}| + 1)", "sqrt(({})^2)"]),
            parts,
        ),
    ),
    max_leaves=6,
)  # fmt: skip


@given(FORMULAS, FORMULAS)
@settings(max_examples=150, deadline=None)
def test_formulas_with_one_plain_form_never_differ(one, other):
    """Random pairs rarely have the same form, so each formula is compared with its rewritings."""
    evaluator = Evaluator(small_groups(SYMBOLS)[:2])
    pairs = [(one, other), (f"{one} + {other}", f"{other} + {one}")]
    pairs += [(f"({one}) * ({other})", f"({other}) ({one}) / 1"), (f"-({one})", f"0 - 1 * ({one})")]
    for at, pair in enumerate(pairs):
        try:
            first, second = (read_formula(f"sum({text})", SYMBOLS) for text in pair)
            values = [EvaluatedFormula(formula, evaluator).values() for formula in (first, second)]
        except (DerivationError, LostDigits, Undefined):
            continue
        same = plain_form(first).text == plain_form(second).text
        assert same or at == 0
        if same:
            with localcontext(comparing(DIGITS)):
                assert not differ(*values)


@pytest.mark.parametrize(
    "text",
    [
        "*".join(["999999999999999^999"] * 60),
        "+".join(f"1/{10**14 + k}" for k in range(80)),
        "(" * 28 + "σ" + "+1)^999" * 28,
        "*".join(f"(σ+{k})" for k in range(80)),
        "sum(" * 4 + "y_i" + ")" * 4,
        "0." + "0" * 12 + "1^-999",
    ],
    ids=lambda text: text[:12],
)
def test_no_plain_form_takes_long(text):
    formula = read_formula(text, SYMBOLS)
    start = time.process_time()
    plain_form(formula)
    assert time.process_time() - start < 0.1
