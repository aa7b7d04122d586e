"""Counterexamples are only shown where there is one."""

from __future__ import annotations

from grader.checks.kinds.derivation.chain import read_formula
from grader.checks.kinds.derivation.counterexamples import show_bend, show_difference
from grader.checks.kinds.derivation.sample_points import draw_groups
from grader.checks.kinds.derivation.symbols import Symbols

SYMBOLS = Symbols(data=("y",), minimised=("y_hat",), fixed=("sigma",))
GROUPS = draw_groups(SYMBOLS, 1)


def named(name, text):
    return name, read_formula(text, SYMBOLS)


def test_formulas_that_agree_have_no_counterexample():
    one, other = named("one", "sum(2 ŷ_i)"), named("other", "2 sum(ŷ_i)")
    assert show_difference(one, other, GROUPS, SYMBOLS) == ""
    assert show_bend(one, other, GROUPS, SYMBOLS) == ""


def test_small_points_without_a_value_are_passed_over():
    one, other = named("one", "1/(n-1)"), named("other", "1/(n-2)")
    assert show_difference(one, other, GROUPS, SYMBOLS) == (
        "At n = 3, y = (2, -1, 4), ŷ = (1, 1, 2), sigma = 3: one is 0.5, other is 1."
    )
    moving = named("other", "sum(ŷ_i^2)/(n-1)/(n-2)")
    assert show_bend(named("one", "sum(ŷ_i)"), moving, GROUPS, SYMBOLS).startswith("From n = 3")


def test_huge_and_tiny_numbers_are_written_with_exponents():
    text = show_difference(named("one", "10^40"), named("other", "10^-40"), GROUPS, SYMBOLS)
    assert text.endswith("one is 1e+40, other is 1e-40.")
