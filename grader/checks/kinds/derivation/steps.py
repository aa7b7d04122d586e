"""Whether one formula follows from another, judged by their values at many points.

Two relations are tested. Equal: the values agree at every point. Affine: within each group of
points, which differ only in what the loss is minimised over, ``new = a * old + b`` with ``a > 0``;
`a` and `b` may differ between groups, so they may contain everything that is constant within one.

Each value has an error bound, so a comparison has three outcomes. If values differ by more than
their errors, the step is wrong. If they do not, and the errors are below the 30th digit, they
agree. Otherwise digits were lost, and the comparison is repeated with more of them.

Formulas that agree at the points near 0 with few examples are then tried beyond: with large data,
and with numbers of examples that are large or not whole. Those points only have to reveal a
difference.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import combinations
from typing import Literal, TypeAlias, TypeVar

from grader.checks.kinds.derivation.error_bounds import OPERATIONS, LostDigits, Measured
from grader.checks.kinds.derivation.evaluate import PRECISIONS, Undefined
from grader.checks.kinds.derivation.evaluated_formula import EvaluatedFormula
from grader.checks.kinds.derivation.functions import comparing
from grader.checks.kinds.derivation.nodes import Applied

_AGREE = Decimal("1e-30")

_T = TypeVar("_T")
_Run: TypeAlias = slice
"""The places of a group among the values."""


@dataclass(frozen=True, slots=True)
class Affine:
    """The fit of ``new = a * old + b``.

    Attributes
    ----------
    slope : {"up", "down", "flat", "bent"}
        Sign of `a`; ``flat`` if it is 0 or differs between groups, ``bent`` if nothing fits.
    factors : tuple of Decimal
        `a` for each group in which the formulas vary; empty unless the slope is up or down.
    constants : bool
        Whether `b` differs from 0.
    """

    slope: Literal["up", "down", "flat", "bent"]
    factors: tuple[Decimal, ...] = ()
    constants: bool = False


def equal(old: EvaluatedFormula, new: EvaluatedFormula) -> bool:
    """Return whether two formulas agree at every point; LostDigits if that is not known."""
    return _decided(_equal, old, new) and all(_decided_beyond(_equal, old, new, otherwise=True))


def affine(old: EvaluatedFormula, new: EvaluatedFormula) -> Affine:
    """Return how one formula depends on another within groups; LostDigits if that is not known."""
    here = _decided(_affine, old, new)
    if here.slope not in {"up", "down"}:
        return here
    # At some points beyond both formulas may not change at all.
    there = list(_decided_beyond(_affine, old, new, otherwise=here))
    slopes = {found.slope for found in there if found.factors or found.slope == "bent"}
    if "bent" in slopes:
        return Affine("bent")
    return here if slopes <= {here.slope} else Affine("flat")


_Decide: TypeAlias = Callable[[EvaluatedFormula, EvaluatedFormula, int], _T]


def _decided(decide: _Decide[_T], old: EvaluatedFormula, new: EvaluatedFormula) -> _T:
    for digits in PRECISIONS:
        # A value within range at few digits may be out of range at more.
        with suppress(LostDigits, Undefined), localcontext(comparing(digits)):
            return decide(old, new, digits)
    raise LostDigits


def _decided_beyond(
    decide: _Decide[_T], old: EvaluatedFormula, new: EvaluatedFormula, otherwise: _T
) -> Iterator[_T]:
    """Yield the outcome at each set of points beyond; `otherwise` if far ones lose digits."""
    for one, other in zip(old.beyond(), new.beyond(), strict=True):
        if one is None or other is None:
            continue
        try:
            yield _decided(decide, one, other)
        except LostDigits:
            if not one.is_far:
                raise
            yield otherwise


def affine_or_bent(old: EvaluatedFormula, new: EvaluatedFormula) -> Affine:
    """Return the same for a message, with ``bent`` for what is not known."""
    try:
        return affine(old, new)
    except LostDigits:
        return Affine("bent")


def logarithm(trial: EvaluatedFormula) -> EvaluatedFormula | None:
    """Return the logarithm of a formula; None unless it is positive at every point."""
    try:
        found = trial.with_formula(Applied("log", trial.formula))
        list(found.beyond())
    except Undefined:
        return None
    return found


def _equal(old: EvaluatedFormula, new: EvaluatedFormula, digits: int) -> bool:
    before = old.values(digits)
    differences = _less(new.values(digits), before)
    if _any_is_not_0(differences):
        return False
    errors = differences.errors
    if errors and not all(_sharp(before, errors, old.width(run, digits), run) for run in old.runs):
        raise LostDigits
    return True


def differ(one: Measured, other: Measured) -> bool:
    """Return whether values surely differ anywhere, in the current decimal context."""
    return _any_is_not_0(_less(one, other))


def _less(one: Measured, other: Measured) -> Measured:
    return OPERATIONS["+"](one, OPERATIONS["-"](other))


def _any_is_not_0(measured: Measured) -> bool:
    values, errors = measured
    if errors is None:
        return any(values)
    return any(map(operator.gt, map(abs, values), errors))


def _sharp(values: Measured, errors: Sequence[Decimal], width: Decimal | None, run: _Run) -> bool:
    """Return whether errors are far below the values of a group and below their range.

    With the values alone as the measure, one could add 10^100 under ``~`` and then, under ``=``,
    terms that are small compared with that but large compared with the loss.
    """
    if width is None:
        return not any(errors[run])
    return all(
        error <= _AGREE * (min(abs(value), width) if width else abs(value))
        for value, error in zip(values.values[run], errors[run], strict=True)
    )


def _affine(old: EvaluatedFormula, new: EvaluatedFormula, digits: int) -> Affine:
    moves = [(run, old.width(run, digits), new.width(run, digits)) for run in old.runs]
    if any(was == 0 and now for _, was, now in moves):
        return Affine("bent")
    before, now = old.values(digits), new.values(digits)
    if not in_step(before, now, [run for run, was, moved in moves if was and moved]):
        return Affine("bent")
    if any(width is None for _, *widths in moves for width in widths):
        raise LostDigits
    fits = [_fit(before, now, run, bool(moved)) for run, was, moved in moves if was]
    slopes = tuple(slope for slope, _ in fits)
    constants = any(constant for _, constant in fits)
    if all(slope > 0 for slope in slopes):
        return Affine("up", slopes, constants)
    if all(slope < 0 for slope in slopes):
        return Affine("down", slopes, constants)
    return Affine("flat")


def in_step(old: Measured, new: Measured, runs: Sequence[_Run]) -> bool:
    """Return whether two formulas change in proportion, in each run; LostDigits if unknown.

    All triples of points are compared by cross products, so that no single large value can hide a
    bend in the others.
    """
    triples = [three for run in runs for three in combinations(range(run.start, run.stop), 3)]
    if not triples:
        return True
    first, second, third = zip(*triples, strict=True)
    one = OPERATIONS["*"](_change(old, first, second), _change(new, first, third))
    other = OPERATIONS["*"](_change(old, first, third), _change(new, first, second))
    bends = _less(one, other)
    if _any_is_not_0(bends):
        return False
    scales = map(max, map(abs, one.values), map(abs, other.values))
    if bends.errors and not all(
        error <= _AGREE * scale for error, scale in zip(bends.errors, scales, strict=True)
    ):
        raise LostDigits
    return True


def _change(values: Measured, start: Sequence[int], end: Sequence[int]) -> Measured:
    return _less(values.at(end), values.at(start))


def _fit(old: Measured, new: Measured, run: _Run, moves: bool) -> tuple[Decimal, bool]:
    """Return the slope, and whether there is an offset."""
    if not moves:
        return Decimal(0), True
    values = old.values[run]
    low, high = (run.start + values.index(end(values)) for end in (min, max))
    slope = (new.values[high] - new.values[low]) / (old.values[high] - old.values[low])
    offset = new.values[low] - slope * old.values[low]
    return slope, abs(offset) > _AGREE * max(map(abs, new.values[run]))
