"""Kinds of slip: the same kind in any line and any notation.

A slip is found by undoing it: if the new line follows once one of its terms is halved, a factor of
a half was lost. The result holds no line number and no notation, so that a student's slip can be
compared with that of a known mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import product
from typing import TypeAlias

from grader.checks.kinds.derivation.chain import ChainLine
from grader.checks.kinds.derivation.error_bounds import LostDigits
from grader.checks.kinds.derivation.evaluate import DIGITS, Evaluator, Undefined
from grader.checks.kinds.derivation.evaluated_formula import EvaluatedFormula
from grader.checks.kinds.derivation.functions import comparing
from grader.checks.kinds.derivation.line_names import Relation
from grader.checks.kinds.derivation.nodes import (
    Node,
    Number,
    Product,
    Quotient,
    Scalar,
    Sum,
    terms_of,
)
from grader.checks.kinds.derivation.sample_points import Group
from grader.checks.kinds.derivation.steps import Affine, affine_or_bent, equal
from grader.checks.kinds.derivation.symbols import Symbols
from grader.checks.verdict_text import Failure
from grader.text import safe_text

Symptom: TypeAlias = tuple[str, ...]

_AGREE = Decimal("1e-25")
_MOST_TERMS = 8
_MOST_SCALARS = 3
_LINE_SHOWN = 160
_EXPONENTS = (0, 1, -1, 2, -2, 3, -3, 4, -4)

_Follows: TypeAlias = Callable[[EvaluatedFormula], bool]


def failure_of_step(symptom: Symptom, brief: str, *details: str, hint: str = "") -> Failure:
    """Return the first error of a derivation.

    The message is `brief`, which names the wrong line or step, and those `details` that are not
    empty, such as a counterexample. `hint` is advice other than to compare two lines.
    """
    return Failure("\n".join(filter(None, (brief, *details))), brief, evidence=symptom, hint=hint)


def quoted(line: ChainLine) -> str:
    """Return a line as messages show it."""
    relation = f"{line.relation} " if line.relation else ""
    return f"    line {line.number}:  {relation}{safe_text(line.source, _LINE_SHOWN)}"


def step_symptom(
    old: EvaluatedFormula, new: EvaluatedFormula, relation: Relation, symbols: Symbols
) -> Symptom:
    """Return the kind of slip of a step that does not hold.

    Returns
    -------
    tuple of str
        ``("step", "sign")``, ``("step", "half")``, ``("step", "sigma")`` (a term has one sigma too
        many or too few), ``("step", "free")`` (it would hold if only the predictions varied),
        ``("step", "=", "only ~", ...)``, or ``("step", relation)``.
    """
    if relation == "~":
        if symbols.free and _holds_when_fixed(old, new):
            return ("step", "free")
        found = slip_in(new, lambda trial: affine_or_bent(old, trial).slope == "up", symbols)
        return ("step", found or "~")
    found = slip_in(new, lambda trial: equal(old, trial), symbols)
    if found or relation != "=":
        return ("step", found or relation)
    fit = affine_or_bent(old, new)
    if fit.slope != "up":
        return ("step", "=")
    return ("step", "=", "only ~", *_lost(fit, new.groups, symbols))


def _holds_when_fixed(old: EvaluatedFormula, new: EvaluatedFormula) -> bool:
    groups = tuple(
        tuple(replace(point, scalars=group[0].scalars) for point in group) for group in old.groups
    )
    evaluator = Evaluator(groups)
    try:
        held = EvaluatedFormula(old.formula, evaluator), EvaluatedFormula(new.formula, evaluator)
        return affine_or_bent(*held).slope == "up"
    except (LostDigits, Undefined):  # these predictions and sigmas were not drawn together
        return False


def slip_in(new: EvaluatedFormula, follows: _Follows, symbols: Symbols) -> str | None:
    """Return the slip whose undoing lets a line follow; None if no known one does.

    It is ``sign``, ``half`` or a symbol of which one term has a factor too many or too few.
    """
    terms = terms_of(new.formula)[:_MOST_TERMS]
    for name, over, under in _repairs(symbols, len(terms)):
        for repaired in _repaired(new.formula, terms, Quotient(over, under), name):
            if _follows(repaired, new, follows):
                return name
    return None


def _repairs(symbols: Symbols, terms: int) -> Iterator[tuple[str, Node, Node]]:
    one = Number(Decimal(1))
    yield "sign", Number(Decimal(-1)), one
    yield "half", one, Number(Decimal(2))
    if terms > 1:
        for name in (symbols.size, *symbols.scalars):
            yield name, Scalar(name), one
            yield name, one, Scalar(name)


def _repaired(whole: Node, terms: Sequence[Node], factor: Node, name: str) -> Iterator[Node]:
    if name in {"sign", "half"}:
        yield Product((factor, whole))
    if len(terms) > 1:
        less = Sum((factor, Number(Decimal(-1))))
        yield from (Sum((whole, Product((less, term)))) for term in terms)


def _follows(formula: Node, line: EvaluatedFormula, follows: _Follows) -> bool:
    try:
        return follows(line.with_formula(formula))
    except (LostDigits, Undefined):
        return False


def _lost(fit: Affine, groups: tuple[Group, ...], symbols: Symbols) -> Iterator[str]:
    if fit.constants:
        yield "constant"
    found = factor_symbols(fit, groups, symbols)
    if found is None:
        yield "factor"
    elif symbols.size in found:
        yield "factor with n"
    elif found or any(abs(factor - 1) > _AGREE for factor in fit.factors):
        yield "factor"


def factor_symbols(
    fit: Affine, groups: tuple[Group, ...], symbols: Symbols
) -> frozenset[str] | None:
    """Return the symbols in the factor between two formulas.

    Returns
    -------
    frozenset of str or None
        Empty for a number; None if the factor is not a product of powers of symbols.
    """
    names = (symbols.size, *symbols.scalars)
    if len(names) > _MOST_SCALARS or len(fit.factors) != len(groups):
        return None
    with localcontext(comparing(DIGITS)):
        for exponents in product(_EXPONENTS, repeat=len(names)):
            rest = [
                _without(factor, group, names, exponents)
                for factor, group in zip(fit.factors, groups, strict=True)
            ]
            if max(rest) - min(rest) <= _AGREE * abs(rest[0]):
                pairs = zip(names, exponents, strict=True)
                return frozenset(name for name, exponent in pairs if exponent)
    return None


def _without(
    factor: Decimal, group: Group, names: Sequence[str], exponents: Sequence[int]
) -> Decimal:
    for name, exponent in zip(names, exponents, strict=True):
        factor /= group[0].scalars[name] ** exponent
    return factor
