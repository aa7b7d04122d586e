"""What people write round formulas: names of lines, LaTeX for the eye, words."""

from __future__ import annotations

import itertools
import time

import pytest

from grader.checks.kinds.derivation.chain import read_chain, read_formula
from grader.checks.kinds.derivation.error import DerivationError
from grader.checks.kinds.derivation.symbols import Symbols

SYMBOLS = Symbols(data=("y",), minimised=("y_hat",), fixed=("sigma",), superscripts=True)
PLAIN = Symbols(data=("y",), minimised=("y_hat",), fixed=("sigma",))


def steps(text, symbols=SYMBOLS):
    """Return relations and formulas, without the names of indices."""
    chain = read_chain(text, symbols)
    return [(line.relation, line.formula) for line in chain.lines]


def formula(text):
    return read_formula(text, SYMBOLS)


SQUARE = "sum((y_i - y_hat_i)^2)"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        # LaTeX's signs and spaces
        (r"\tfrac{1}{2}", "1/2"),
        (r"\frac12", "1/2"),
        (r"\frac1n", "1/n"),
        (r"\frac1{2\sigma^2}", "1/(2 sigma^2)"),
        (r"\frac\sigma2", "sigma/2"),
        (r"2\,\sigma\!\left(n\right)\;", "2 sigma (n)"),
        (r"\left[ 2 \right] \bigl( n \Bigr)", "[2](n)"),
        (r"\left. n \right.", "n"),
        (r"\bigl. n \bigr.", "n"),
        (r"\biggl\{ n \biggr\}", "n"),
        (r"\lbrack n \rbrack", "[n]"),
        (r"\displaystyle n \nonumber", "n"),
        (r"n \qquad \notag", "n"),
        (r"\boxed{n}", "n"),
        (r"\ln n", "log(n)"),
        (r"\log_e n", "log(n)"),
        (r"\log_{e}(n)", "log(n)"),
        (r"\operatorname{log}(n)", "log(n)"),
        (r"\mathrm{exp}(n)", "exp(n)"),
        (r"\text{exp}(n)", "exp(n)"),
        (r"\mathrm{e}^{-n}", "e^(-n)"),
        (r"\exp\!\Big(-n\Big)", "exp(-n)"),
        (r"\exp\left\{-n\right\}", "exp(-n)"),
        (r"\sqrt[3]{n}", "n^(1/3)"),
        (r"\sqrt[2]{2 \pi}", "(2 pi)^(1/2)"),
        (r"\sum_{i=1}^{n}{y_i}", r"\sum_i y_i"),
        (r"\sum\limits_{i=1}^n y_i", r"\sum_i y_i"),
        (r"\sum\nolimits^{n}_{i=1} y_i", r"\sum_i y_i"),
        (r"\sum_i \mathbf{y}_i", r"\sum_i y_i"),
        (r"\sum_i \hat{\mathrm{y}}_i", r"\sum_i ŷ_i"),
        # a fraction, and then an exponential
        (r"\frac{1}{\sigma\sqrt{2\pi}}e^{-n}", r"(1/(\sigma \sqrt(2\pi))) * e^{-n}"),
        ("1/(sigma sqrt(2 pi)) e^(-n)", "1/(sigma sqrt(2 pi)) * e^(-n)"),
        ("1/sigma e^{-n}", "1/sigma * e^{-n}"),
        ("1/(2n)exp(-n)", "1/(2n) * exp(-n)"),
        # decoration
        (r"\underbrace{n}_{\text{the number of examples, $n$}}", "n"),
        (r"2 \underbrace{\sigma}_{fixed} n", "2 sigma n"),
        (r"\overbrace{2 \underbrace{n}_{=m}}^{\alpha\beta\gamma}", "2n"),
        (r"\underbrace{(n + 1)}_x^2", "(n + 1)^2"),
        (r"n \tag{1}", "n"),
        (r"n \tag*{(a)} \label{eq:1}", "n"),
        (r"n \hspace{2cm} \phantom{=}", "n"),
        (r"\textcolor{red}{n}", "n"),
        (r"{}n{}", "n"),
        (r"n.", "n"),
        (r"n,", "n"),
        (r"n \,.", "n"),
        (r"n;", "n"),
        (r"n \quad \text{which is at least 1}", "n"),
        (r"\text{So, } n", "n"),
        (r"n % \text{a remark}", "n"),
        (r"\(n\)", "n"),
        (r"$$n$$", "n"),
        (r"\[ n \]", "n"),
        (r"`n`", "n"),
        # Unicode
        ("½ n", "0.5 n"),
        ("σ⁻²", "sigma^(-2)"),
        ("σ²ⁿ", "sigma^(2n)"),
        ("σ¹⁰", "sigma^10"),
        ("∑ᵢ₌₁ⁿ yᵢ", r"\sum_{i=1}^n y_i"),
        ("∏ᵢ₌₁ⁿ (yᵢ)²", r"\prod_{i=1}^{n} (y_i)^2"),
        ("∑ᵢ (yᵢ − ŷᵢ)²", r"\sum_i (y_i - y_hat_i)^2"),
        ("√(2π) · σ × n ÷ 2", "sqrt(2 pi) * sigma * n / 2"),
        ("σ²·n⁽ⁿ⁺¹⁾", "sigma^2 * n^(n+1)"),
        # as in Python
        ("np.exp(-n) * np.sqrt(2 * np.pi) ** 2", "exp(-n) * sqrt(2 * pi)^2"),
        ("math.log(n)", "log(n)"),
        ("sum((y[i] - y_hat[i])**2)", SQUARE),
        # another way to write an index
        (r"\sum_{i=1}^n (y^{(i)} - \hat{y}^{(i)})^2", r"\sum_{i=1}^n (y_i - \hat{y}_i)^2"),
        (r"\sum_i (\hat{y^{(i)}})^2", r"\sum_i (\hat y_i)^2"),
        ("sum((y^(i) - ŷ^(i))^2)", SQUARE),
    ],
)  # fmt: skip
def test_a_formula_means_what_it_should(written, meant):
    assert formula(written) == formula(meant)


L, LOG, MINUS = "prod(exp(-y_i^2))", "log(prod(exp(-y_i^2)))", "-log(prod(exp(-y_i^2)))"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("L = a\n= b", "a\n= b"),
        ("L(σ) = a\n= b", "a\n= b"),
        (r"\mathcal{L}(\theta; y) = a", "a"),
        (r"L(\sigma \mid y) := a", "a"),
        (r"p(y|\hat y, \sigma) = a", "a"),
        (r"\text{NLL} = a", "a"),
        (r"\text{log-likelihood} = a", "a"),
        (r"\operatorname{NLL}(\hat{y}) = a", "a"),
        (r"-\log L = a", "a"),
        (r"-\ln p(y) = a", "a"),
        (r"-\ell(\sigma) = a", "a"),
        ("L == a == b", "a\n= b"),
        ("L = a\nL = b", "a\n= b"),
        ("L = a\nL = b\n~ c = MSE", "a\n= b\n~ c"),
        ("a\n~ MSE = c", "a\n~ c"),
        ("a\n= MSE = c", "a\n= c"),
        ("a\n~\nMSE = c", "a\n~ c"),
        ("a\n~ c = MSE", "a\n~ c"),
        (r"a = \text{a name with words}", "a"),
        ("a\nMSE = c", "a\n~ c"),
        ("a\n-\\log L = c", "a\n~ c"),
        ("L = a\n~ -log L = c", "a\n~ -log(a)\n= c"),
        ("L = a\n-log L = c\n= b", "a\n~ -log(a)\n= c\n= b"),
        ("L(σ) = a\n-log L(σ) = c", "a\n~ -log(a)\n= c"),
        ("L = a\nNLL = -log L\n= c", "a\n~ -log(a)\n= c"),
        ("L = a\nl = log(L) = c\n-l = b", "a\n~ log(a)\n= c\n~ -log(a)\n= b"),
        ("L = a\n~ L / 2", "a\n~ a / 2"),
        ("L = a\n= b\n= L", "a\n= b\n= a"),
    ],
)
def test_a_name_stands_for_its_line(written, meant):
    both = []
    for text in (written, meant):
        for letter, line in (("a", "sum(y_i)"), ("b", "sum(y_i) + 0"), ("c", "sum(2 y_i)")):
            text = " ".join(
                "\n" if each == "\n" else f"({line})" if each == letter else each
                for each in text.replace("\n", " \n ").replace("(a)", "( a )").split(" ")
            )
        both.append(steps(text))
    assert both[0] == both[1]


@pytest.mark.parametrize(
    "text",
    [
        "\\begin{align*}\n1 &= 2 \\\\\n&= 3\n\\end{align*}",
        "\\begin{aligned}\n& 1 \\\\\n&={} 2 \\\\[4pt]\n={}& 3 \\tag{2}\n\\end{aligned}",
        "$$\n\\begin{split} 1 &= 2 \\\\ &= 3 \\end{split}\n$$",
        "\\[ 1 = 2 = 3 \\]",
        "\\begin{array}{rcl}\n1 & = & 2 \\\\\n & = & 3\n\\end{array}",
        "\\begin{eqnarray*}\n1 &=& 2 \\nonumber\\\\\n&=& 3\n\\end{eqnarray*}",
        "\\begin{aligned}[t]\n1 &{}= 2, \\\\*\n&\\overset{(a)}{=} 3.\n\\end{aligned}",
        "\\begin{align}\n1 &= \n  2 \\\\\n&= % three\n 3\n\\end{align}",
        "\\begin{align*}\n1 &\\stackrel{\\text{c}}{=} 2 \\\\\n\\intertext{s}\n&= 3\n\\end{align*}",
        "1\n= 2\n\\text{and so,} = 3",
        "$1$ \\\\ $= 2$ \\\\ $= 3$",
        "1 =\n2 =\n3",
        "1\n= 2,\n= 3.",
        "1 \\\\% 9\n= 2 % = 5\n= 3 # = 7",
        "\\text{First: } 1\n= 2 \\quad \\text{(because of it)}\n= 3",
    ],
)
def test_a_block_of_latex_is_its_rows(text):
    assert steps(text) == steps("1\n= 2\n= 3")


def test_a_formula_in_an_environment_may_go_over_rows():
    text = "\\begin{align*}\n& \\log\\left(\n  n\n\\right) \\\\\n&= 2\n\\end{align*}"
    assert steps(text) == steps("log(n)\n= 2")
    assert read_chain(text, SYMBOLS).lines[0].source == r"\log\left( n \right)"


def test_a_row_outside_of_an_environment_ends_a_formula():
    with pytest.raises(DerivationError, match="line 1, column 5: expected a number"):
        read_chain("log(\nn)", SYMBOLS)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("1 \\\\\n= 2 \\\\\n= @", 3, 3),
        ("\n\n1\n= 2 \\\\ = @", 4, 10),
        ("\\begin{align*}\n1 &= 2 \\\\\n\n&= @ \\\\\n&= 3\n\\end{align*}", 4, 4),
        ("\\begin{align*}\n1 &= 2 + \\left(\n3\n@ \\right)\n\\end{align*}", 4, 1),
        ("\\begin{align*}\n1 &= 2 + (\n3 n n n \\\\\n&= 3\n\\end{align*}", 3, 8),
        (["1", "= 2", "= 3 3"], 3, 5),
        ("# a remark\n1 # another\n= 2 2", 3, 5),
        ("1\r\n= 2\r\n= @", 3, 3),
        ("1\n= \\underbrace{2}_{x} @", 2, 22),
    ],
)
def test_a_message_points_into_the_student_s_own_text(text, line, column):
    with pytest.raises(DerivationError) as caught:
        read_chain(text, SYMBOLS)
    assert (caught.value.line, caught.value.column) == (line, column)
    lines = text if isinstance(text, list) else text.split("\n")
    assert caught.value.source == lines[line - 1].removesuffix("\r")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1/2 sigma", "has two readings"),
        (r"\frac{1}{2} \text{ times the } n", "words in the middle of a formula"),
        (r"2 + \text{constant}", "constant}` is not a symbol"),
        (r"2 \cdot \text{a constant}", "expected a number"),
        ("1\n~ MSE", "`MSE` is not a symbol here"),
        ("NLL", "`NLL` is not a symbol here"),
        ("1 + L = 2", "`L` is not a symbol here"),
        ("L = L", "`L` is not a symbol here"),
        ("L = 1\n= L_i", "`L` is not a symbol here"),
        ("L =", "there is no formula"),
        ("1\n2", "how does this line follow"),
        ("1 ∝ 2", "does not allow added terms: write `=` if"),
        (r"1 \propto 2", "does not allow added terms"),
        (r"\Rightarrow 2", "an arrow does not say how"),
        ("1 ≈ 2", "nothing is nearly equal here"),
        (r"1 + \cdots + n", "dots leave a part out"),
        (r"\log_{10} n", "no base but e"),
        (r"\sqrt[n]{2}", "expected a number"),
        (r"\frac123", "put braces"),
        (r"\underbrace{2_{n}", "expected"),
        ("y^2", "one value per example: write y_i"),
        ("2 3", "follows with no sign"),
    ],
)
def test_what_has_two_readings_or_none_is_refused(text, message):
    with pytest.raises(DerivationError, match=message):
        read_chain(text, SYMBOLS)


def test_an_index_in_parentheses_is_one_only_where_that_was_declared():
    for text in ("sum(y^{(i)})", "sum(y^(i))", r"sum(\hat{y}^{(i)})"):
        assert read_formula(text, SYMBOLS)
        with pytest.raises(DerivationError, match="one value per example: write"):
            read_formula(text, PLAIN)


def test_names_of_names_do_not_grow_without_bound():
    lines = ["A = sum(y_i + 1)"]
    lines += [
        f"{new} = {old} + {old}" for old, new in zip("ABCDFGHJKLM", "BCDFGHJKLMN", strict=True)
    ]
    start = time.process_time()
    with pytest.raises(DerivationError, match="more than 250 parts"):
        read_chain("\n".join(lines), SYMBOLS)
    names = [f"{one}{other}" for one in "ABCDEFG" for other in "PQRSTUV"]
    deep = ["AP = 1", *(f"{new} = exp({old} + 1)" for old, new in itertools.pairwise(names))]
    with pytest.raises(DerivationError, match="nested too deep"):
        read_chain("\n".join(deep), SYMBOLS)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        "\\" * 19_000,
        "\n".join(["\\\\" * 999] * 9),
        "\n".join([r"\underbrace{" * 160] * 10),
        "\n".join([r"\text{" * 300] * 10),
        "\n".join([r"\begin{align}" * 150] * 9),
        "\n".join([r"\overset{a}{" * 160] * 10),
        "%" * 1999 + "\n" + "#" * 1999,
        "\n".join([r"\\[" * 600] * 10),
        "L(" * 900,
        "\n".join(["-\\log L(" + "σ" * 900 + ") ="] * 20),
        "⁰" * 1999 + "\n" + "ᵢ" * 1999,
        "{}" * 999,
        "σ" * 30_000,
        "1" + "0" * 10**6,
        "= 1 " * 5000,
    ],
    ids=lambda text: text[:8],
)
def test_hostile_decoration_is_read_or_refused_quickly(text):
    start = time.process_time()
    with pytest.raises(DerivationError) as caught:
        read_chain(text, SYMBOLS)
    assert time.process_time() - start < 0.5
    assert len(str(caught.value)) < 2500
