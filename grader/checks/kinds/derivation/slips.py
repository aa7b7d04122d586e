"""What kind of slip a step is: the same answer wherever it is made and however it is written.

A slip is looked for by undoing it: if the new line follows once one of its terms is halved, a half
was lost. What comes out holds no line number and no notation, so that a student's slip can be held
against a known mistake's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import product
from typing import TypeAlias

from grader.checks.kinds.derivation.error_bounds import LostDigits
from grader.checks.kinds.derivation.evaluate import DIGITS, Evaluator, Undefined
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
from grader.checks.kinds.derivation.steps import Affine, EvaluatedFormula, affine_or_bent, equal
from grader.checks.kinds.derivation.symbols import Symbols

Symptom: TypeAlias = tuple[str, ...]

_AGREE = Decimal("1e-25")
_MOST_TERMS = 8
_MOST_SCALARS = 3
_EXPONENTS = (0, 1, -1, 2, -2, 3, -3, 4, -4)

_Follows: TypeAlias = Callable[[EvaluatedFormula], bool]


def step_symptom(
    old: EvaluatedFormula, new: EvaluatedFormula, relation: Relation, symbols: Symbols
) -> Symptom:
    """Say what is wrong with a step that does not hold.

    Parameters
    ----------
    old, new : EvaluatedFormula
        The lines.
    relation : {"=", "~", "negate:"}
        How the new one was said to follow.
    symbols : Symbols
        What is fixed and what is free.

    Returns
    -------
    tuple of str
        ``("step", "sign")``, ``("step", "half")``, ``("step", "sigma")`` (a term has a sigma too
        many or too few), ``("step", "free")`` (it would hold if nothing but the predictions
        varied), ``("step", "=", "only ~", ...)``, or ``("step", relation)``.
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
    except (LostDigits, Undefined):  # predictions and sigma that were not drawn together
        return False


def slip_in(new: EvaluatedFormula, follows: _Follows, symbols: Symbols) -> str | None:
    """Name the slip that, undone, lets a line follow; None if it is none of those known.

    ``sign``, ``half``, or the name of a symbol that one of its terms has too often or too seldom.
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


def _follows(formula: Node, beside: EvaluatedFormula, follows: _Follows) -> bool:
    try:
        return follows(beside.beside(formula))
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
    elif found or not _is_one(fit):
        yield "factor"


def _is_one(fit: Affine) -> bool:
    return all(abs(factor - 1) <= _AGREE for factor in fit.factors)


def factor_symbols(
    fit: Affine, groups: tuple[Group, ...], symbols: Symbols
) -> frozenset[str] | None:
    """Name the symbols in the factor by which one formula is larger than another.

    Returns
    -------
    frozenset of str or None
        Empty for a plain number; None where the factor is no product of powers of symbols.
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
