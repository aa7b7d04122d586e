r"""Whether one formula follows from another, told from their values at many points.

Two relations are tested. Equal: the values agree at every point. Affine: within each group of
points, which differ only in what the loss is minimised over, ``new = a * old + b`` with ``a > 0``;
`a` and `b` may differ from group to group, so they may hold whatever does not vary within one.

A step holds only if it does at 50 digits, where each line was held against the one before. Were a
second look at 120 digits allowed to accept one, ``x + 10^60 - 10^60`` could come in at 120 digits,
be anything at 50, where x is lost, and go out again at 120.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, getcontext, localcontext
from itertools import combinations
from typing import Literal, TypeAlias

from grader.checks.algebra.evaluate import DIGITS, Evaluator, Undefined
from grader.checks.algebra.functions import comparing
from grader.checks.algebra.nodes import Applied, Node

__all__ = ["Affine", "Trial", "affine", "equal", "logarithm"]

_AGREE = Decimal("1e-30")
_SPARE_DIGITS = 20

_Row: TypeAlias = tuple[Decimal, ...]


class Trial:
    """A formula and its values at the points; worked out once for each number of digits.

    Parameters
    ----------
    formula : Node
        The formula.
    evaluator : Evaluator
        What evaluates it, at its points.

    Raises
    ------
    Undefined
        The formula has no value at one of the points.
    """

    def __init__(self, formula: Node, evaluator: Evaluator) -> None:
        self.formula = formula
        self.groups = evaluator.groups
        self._evaluator = evaluator
        self._table = evaluator.table(formula)

    def rows(self, digits: int = DIGITS) -> Iterator[_Row]:
        """Yield the values, group by group, to so many digits."""
        if digits == DIGITS:
            return iter(self._table)
        # One group at a time: where a step does not hold, the first one mostly shows it.
        return (one.table(self.formula, digits)[0] for one in self._evaluator.single())

    def beside(self, formula: Node) -> Trial:
        """Return another formula, tried at the same points."""
        return Trial(formula, self._evaluator)


@dataclass(frozen=True, slots=True)
class _Residual:
    """What vanishes if a relation holds, and the size of what it was subtracted from."""

    size: Decimal
    scale: Decimal


_Residuals: TypeAlias = Callable[[_Row, _Row], Iterator[_Residual]]


@dataclass(frozen=True, slots=True)
class _Fit:
    """Slope in one group, None where both formulas stay as they are; and whether `b` is not 0."""

    slope: Decimal | None
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Affine:
    """How ``new = a * old + b`` fares.

    Attributes
    ----------
    slope : {"up", "down", "flat", "bent"}
        Sign of `a`; ``flat`` if it is 0 or not the same everywhere, ``bent`` if nothing fits.
    factors : tuple of Decimal
        `a` for each group in which the formulas vary; empty unless the slope is up or down.
    constants : bool
        Whether `b` differs from 0.
    """

    slope: Literal["up", "down", "flat", "bent"]
    factors: tuple[Decimal, ...] = ()
    constants: bool = False


def equal(old: Trial, new: Trial, digits: int = DIGITS) -> bool:
    """Tell whether two formulas agree at every point."""
    return _vanish(old, new, _differences, digits)


def affine(old: Trial, new: Trial, digits: int = DIGITS) -> Affine:
    """Tell how one formula depends on another within the groups."""
    if not _vanish(old, new, _bends, digits):
        return Affine("bent")
    with localcontext(comparing(digits)):
        fits = [_fit(*rows) for rows in zip(old.rows(digits), new.rows(digits), strict=True)]
    if None in fits:
        return Affine("bent")
    slopes = [fit.slope for fit in fits if fit is not None and fit.slope is not None]
    constants = any(fit.constant for fit in fits if fit is not None)
    if all(slope > 0 for slope in slopes):
        return Affine("up", tuple(slopes), constants)
    if all(slope < 0 for slope in slopes):
        return Affine("down", tuple(slopes), constants)
    return Affine("flat")


def logarithm(trial: Trial) -> Trial | None:
    """Return the logarithm of a formula; None where it is not positive at every point."""
    try:
        return trial.beside(Applied("log", trial.formula))
    except Undefined:
        return None


def _vanish(old: Trial, new: Trial, residuals: _Residuals, digits: int) -> bool:
    with localcontext(comparing(digits)):
        return all(
            residual.size <= _AGREE * residual.scale
            for rows in zip(old.rows(digits), new.rows(digits), strict=True)
            for residual in residuals(*rows)
        )


def _differences(old: _Row, new: _Row) -> Iterator[_Residual]:
    for before, now in zip(old, new, strict=True):
        yield _Residual(abs(now - before), max(abs(now), abs(before)))


def _bends(old: _Row, new: _Row) -> Iterator[_Residual]:
    """Cross products of all triples: no single large value may hide a bend in the others."""
    for i, j, k in combinations(range(len(old)), 3):
        one = (old[j] - old[i]) * (new[k] - new[i])
        other = (old[k] - old[i]) * (new[j] - new[i])
        yield _Residual(abs(one - other), max(abs(one), abs(other)))


def _fit(old: _Row, new: _Row) -> _Fit | None:
    low, high = old.index(min(old)), old.index(max(old))
    varies = not _level(new)
    if _level(old):
        return None if varies else _Fit(None)
    slope = (new[high] - new[low]) / (old[high] - old[low]) if varies else Decimal(0)
    constant = new[low] - slope * old[low]
    return _Fit(slope, abs(constant) > _AGREE * max(map(abs, new)))


def _level(row: _Row) -> bool:
    # As sharp as the arithmetic: what varies by less than its last 20 digits stays as it is.
    smallest = Decimal(10) ** (_SPARE_DIGITS - getcontext().prec)
    return max(row) - min(row) <= smallest * max(map(abs, row))
