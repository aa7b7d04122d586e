"""The language of derivations: what it reads, how it may be spelled, and what it refuses."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.kinds.derivation.chain import read_chain, read_formula
from grader.checks.kinds.derivation.error import DerivationError
from grader.checks.kinds.derivation.evaluate import Evaluator
from grader.checks.kinds.derivation.evaluated_formula import EvaluatedFormula
from grader.checks.kinds.derivation.nodes import Applied, Folded, Number
from grader.checks.kinds.derivation.sample_points import small_groups
from grader.checks.kinds.derivation.steps import equal
from grader.checks.kinds.derivation.symbols import Symbols

SYMBOLS = Symbols(data=("y",), minimised=("y_hat",), fixed=("sigma",))


def read(text):
    return read_formula(text, SYMBOLS)


@pytest.mark.parametrize(
    "spellings",
    [
        ["sum(y_hat_i)", "sum(yhat_i)", "sum(ŷ_i)", "sum(y\u0302_i)", r"\sum_{i=1}^n \hat{y}_i",
         r"\sum_i \hat y_i", r"\sum \hat{y_i}", r"∑ᵢ ŷᵢ", r"\sum^n_{i=1} \widehat{y}_{i}",
         r"\displaystyle\sum\limits_{i = 1}^{n} ŷ_i", "sum_{i}^n ŷ_i", r"$\sum_i$ ŷ_i"],
        ["sigma^2", "σ²", r"\sigma^{2}", "sigma**2", r"{\sigma}^2", "σ^(2)"],
        ["1/2", r"\frac{1}{2}", r"\dfrac 1 2", "1 ÷ 2", r"\tfrac{1}2", "(1)/[2]"],
        ["2 sigma", "2sigma", "2*sigma", r"2 \cdot \sigma", r"2\times\sigma", "2·σ", r"2\,\sigma",
         "2\u00a0σ"],
        ["log(2)", "ln(2)", r"\log 2", r"\ln{2}", r"\log\left(2\right)", r"\log\{2\}"],
        ["|2|", "abs(2)", r"\left|2\right|", r"\lvert 2 \rvert", r"abs 2"],
        ["sqrt(pi)", r"\sqrt{\pi}", "√π", r"\sqrt\pi"],
        ["-sigma", "−σ", "-+σ", "- - -σ"],
        ["prod(y_i)", r"\prod_{i=1}^{n} y_i", "∏ᵢ yᵢ", "product(y_i)"],
        ["n^n", "nⁿ"],
    ],
    ids=lambda spellings: spellings[0],
)  # fmt: skip
def test_what_means_the_same_is_read_the_same(spellings):
    assert len({read(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\sum_i y_i^2", "sum(y_i^2)"),
        (r"\sum_i (y_i)^2 / 2 + 1", "(sum(y_i^2 / 2)) + 1"),
        (r"\sum_i -y_i", "sum(-y_i)"),
        ("2 * -3 / -4", "(2 * (-3)) / (-4)"),
        ("-2^2", "-(2^2)"),
        ("2^-1", "2^(-1)"),
        ("1/n sum(y_i)", "(1/n) * sum(y_i)"),
        ("n/2 log(2)", "(n/2) * log(2)"),
        ("|2 * |3| |", "abs(2 * abs(3))"),
        ("log(2) n", "n log(2)"),
        (r"\log\prod_i e^y_i n", "log(prod(e^(y_i) n))"),
    ],
)
def test_operators_bind_as_the_page_says(one, other):
    evaluator = Evaluator(small_groups(SYMBOLS))
    assert equal(EvaluatedFormula(read(one), evaluator), EvaluatedFormula(read(other), evaluator))


def test_a_sum_in_words_ends_at_its_parenthesis_and_a_sign_does_not():
    words, sign = read("sum(y_i)^2"), read(r"\sum_i (y_i)^2")
    assert type(words).__name__ == "Power"
    assert isinstance(sign, Folded)


def test_a_chain_may_come_as_text_as_lines_or_as_an_aligned_block():
    text = "log(2)\n= log(|2|)  # the same\n\n~ 1 % another remark\n"
    block = r"""\begin{align*}
      & \log(2) \\[2pt]
      &= \log(|2|) \\
      &\sim 1
    \end{align*}"""
    lines = ["log(2)", "= log(|2|)", "~ 1"]
    one_row = "log(2) = log(|2|) ~ 1"
    trailing = "log(2) =\nlog(|2|)\r\n~ 1"
    chains = [read_chain(each, SYMBOLS) for each in (text, block, lines, one_row, trailing)]
    steps = [[(line.number, line.relation, line.formula) for line in c.lines] for c in chains]
    assert all(each == steps[0] for each in steps)
    assert [relation for _, relation, _ in steps[0]] == [None, "=", "~"]


def test_a_line_keeps_what_was_written():
    (line,) = read_chain("  2 *   sigma  # remark", SYMBOLS).lines
    assert line.source == "2 * sigma"


def test_a_hat_may_stand_on_any_letter():
    symbols = Symbols(data=("x",), minimised=("mu_hat",))
    for spelling in ("μ\u0302_i", r"\hat{\mu}_i", "mu_hat_i", "muhat_i", "µ\u0302ᵢ"):
        assert read_formula(f"sum({spelling})", symbols) == read_formula("sum(mu_hat_i)", symbols)


def test_symbols_can_be_declared_free_or_fixed():
    assert read_chain("free: sigma\n1", SYMBOLS).symbols.free == ("sigma",)
    assert read_chain("fixed: sigma, n\n1", SYMBOLS).symbols == SYMBOLS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no formula"),
        ("= 1", "the first line follows from nothing"),
        ("1\n2", "line 2, column 1: how does this line follow"),
        ("1\n=", "nothing follows the last `=`"),
        ("1 = ~ 2", "two relations with no formula between them"),
        ("(1", "column 3: expected `\\)`, found the end of the line"),
        ("1)", "expected an operator or the end of the line, found `\\)`"),
        ("2 +", "expected a number, a symbol, a function or `\\(`, found the end"),
        ("NLL", "`NLL` is not a symbol here; the symbols are y_i, ŷ_i, sigma, n, pi, e"),
        ("y", "`y` has one value per example: write y_i"),
        ("y_i", "`i` is used outside a sum or product over it"),
        ("sum(y_j)", "`j` is used outside"),
        ("sum(i)", "`i` counts the examples here"),
        ("sigma_i", "`sigma` is one number: it takes no index"),
        ("1/2 sigma", "has two readings"),
        ("1e-3", "`1e-3` has two readings"),
        ("2 3", "`3` follows with no sign"),
        ("sigma2", "`2` follows with no sign"),
        ("log sigma sigma", "where does `log` end"),
        (r"\log \sigma / 2", r"where does `\\log` end"),
        ("log + 2", "expected `\\(` after `log`"),
        ("log_2(3)", "logarithms are natural here"),
        ("log_", "expected a symbol, found the end of the line"),
        (r"\log_{", "expected a symbol, found the end of the line"),
        (r"\frac123", "put braces around both parts of a fraction"),
        (r"\frac(1)(2)", "expected `{`"),
        (r"\frac{1}{2", "expected `}`"),
        (r"\foo", r"the LaTeX command `\\foo` is not part of the language"),
        ("1\\", r"the LaTeX command `\\` is not part"),
        ("1 @ 2", "`@` is not part of the language here"),
        ("ẏ", "`ẏ` is not part of the language here"),
        ("\u0302y", "a hat with no letter under it"),
        (r"\hat{}", "expected a letter under the hat"),
        (r"\hat 2", "expected a letter under the hat"),
        ("|1", "expected a closing `\\|`"),
        ("sum_{i=0}^n y_i", "an index starts at 1"),
        ("sum_{i=1}^n_{2} y_i", "expected an index"),
        (r"\sum_{i=1}^3 y_i", "expected `n`, found `3`"),
        (r"\sum_{i=1}^sigma y_i", "an index ends at n"),
        (r"\sum_{n=1}^n y_n", "`n` cannot be an index"),
        (r"\sum_{ij} y_i", "`ij` cannot be an index"),
        (r"\sum_{i=1^n y_i", "expected `}`"),
        ("2^2^2", "a power of a power"),
        ("2^1001", "this exponent is above 1000"),
        ("2^-1001", "this exponent is above 1000"),
        ("1234567890123456", "more than 15 digits"),
        ("\frac{1}{2}", r'an invisible character, \\x0c.*put an r before it'),
        ("2\times 3", "`imes` after a tab: put an r before the text"),
        ("free: y\n1", "column 7: expected one of sigma"),
        ("1\nfree: sigma", "`free:` must stand before the first formula"),
        ("+".join(["1"] * 300), "more than 250 parts"),
        ("(" * 100, "nested too deep"),
        ("log" + "(log" * 100, "nested too deep"),
        ("\n".join(["1", *["= 1"] * 60]), "more than 60 lines"),
        ("1" * 2001, "this line has more than 2,000 letters"),
        ("1\n" * 20_000, "more than 20,000 letters"),
        ([""] * 30_000, "more than 20,000 letters"),
        (r"\sum_i \sum_j \sum_k \sum_l (y_i y_j y_k y_l)", "too large to check"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_language_is_refused_with_its_place(text, message):
    with pytest.raises(DerivationError, match=message):
        read_chain(text, SYMBOLS)


def test_the_message_is_a_picture():
    with pytest.raises(DerivationError) as caught:
        read_chain("1\n  = n log(sigma", SYMBOLS)
    assert str(caught.value) == (
        "line 2, column 16: expected `)`, found the end of the line\n"
        "      = n log(sigma\n"
        "                   ^"
    )


def test_the_picture_of_a_long_line_is_cut_and_safe():
    with pytest.raises(DerivationError) as caught:
        read_chain("1 + " * 50 + "\x1b[31m", SYMBOLS)
    _, source, caret = str(caught.value).splitlines()
    assert source.isprintable()
    assert len(source) < 120
    assert source.index("\\x1b") == caret.index("^")


def test_a_formula_alone_is_one_formula():
    assert read("log(2)") == Applied("log", Number(2))
    with pytest.raises(DerivationError, match="expected one formula"):
        read("1 = 1")


@pytest.mark.parametrize(
    "text",
    ["x" * 10**7, "(" * 20_000, "\\frac" * 3_000, "^" * 20_000, ["1 +"] * 4_000, "log" * 6_000],
    ids=lambda text: str(text[:2]),
)
def test_a_hostile_text_is_refused_quickly(text):
    start = time.process_time()
    with pytest.raises(DerivationError):
        read_chain(text, SYMBOLS)
    assert time.process_time() - start < 0.5


PIECES = [
    "y_i", "ŷ_i", r"\hat{y}_i", "sigma", "n", "pi", "e", "i", "1", "2.5", "^", "_", "{", "}", "(",
    ")", "|", "+", "-", "*", "/", "=", "~", "negate:", "\n", " ", r"\frac", r"\sum_{i=1}^n", "sum(",
    "prod(", "log", "exp(", r"\left", r"\\", "&", "$", "%", "#", "free: sigma", "\t", "²", "ᵢ", "∑",
    "[", "]", r"\ln", r"\sqrt", r"\text{and}", r"\underbrace{", r"\left.", r"\right)", "L =",
    "let L", r"-\log L", "={}&", "y^{(i)}", "abs(", ",", ".", ":",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    try:
        chain = read_chain(text, SYMBOLS)
    except DerivationError as error:
        picture = str(error)
        place = f"line {error.line}, column {error.column}: "
    else:
        picture, place = "", ""
        assert [line.relation is None for line in chain.lines].index(True) == 0
    assert picture.startswith(place)
