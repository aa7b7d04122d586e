r"""Whether one formula follows from another, told from their values at many points.

Two relations are tested. Equal: the values agree at every point. Affine: within each group of
points, which differ only in what the loss is minimised over, ``new = a * old + b`` with ``a > 0``;
`a` and `b` may differ from group to group, so they may hold whatever does not vary within one.

Each value comes with a bound of its error, so a comparison has three outcomes. Values that differ
by more than their errors are different, and the step is wrong. Values that do not, and whose
errors are below the 30th digit, agree. Otherwise nothing is known: digits were lost, and it is
tried again with more of them. What rests on bounds is true with any number of digits.

Formulas that agree at the points near 0 with a few examples are tried beyond: with a number of
examples that is large, or not whole, and with large data. There they only have to be told apart.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import combinations
from typing import Literal, TypeAlias, TypeVar

from grader.checks.kinds.derivation.error_bounds import OPERATIONS, UP, LostDigits, Measured
from grader.checks.kinds.derivation.evaluate import (
    DIGITS,
    OUT_OF_RANGE,
    PRECISIONS,
    Evaluator,
    Undefined,
)
from grader.checks.kinds.derivation.functions import comparing
from grader.checks.kinds.derivation.nodes import Applied, Node

_AGREE = Decimal("1e-30")
_ZERO, _TWO = Decimal(0), Decimal(2)

_T = TypeVar("_T")
_Run: TypeAlias = slice
"""Where a group stands among the values."""


class EvaluatedFormula:
    """A formula and its values at the points; worked out once for each number of digits.

    Parameters
    ----------
    formula : Node
        The formula.
    evaluator : Evaluator
        What evaluates it, at its points.
    known : Measured, optional
        Its values, if they were worked out already.

    Raises
    ------
    Undefined
        The formula has no value at one of the points.
    LostDigits
        So many digits are lost that it is not known whether it has one.
    """

    def __init__(self, formula: Node, evaluator: Evaluator, known: Measured | None = None) -> None:
        self.formula = formula
        self.groups = evaluator.groups
        self.runs = evaluator.runs
        self._evaluator = evaluator
        self._beyond: dict[int, EvaluatedFormula | None] = {}
        found = evaluator.everywhere(formula) if evaluator.beyond else None
        self._in_one_go = found is not None
        if found is not None:
            known, *there = found
            pairs = zip(evaluator.beyond, there, strict=True)
            self._beyond = {
                place: EvaluatedFormula(formula, *pair) for place, pair in enumerate(pairs)
            }
        self._fewest, self._known = DIGITS, known or Measured(())
        if known is None:
            self._fewest, self._known = _first_known(formula, evaluator)

    def values(self, digits: int = DIGITS) -> Measured:
        """Return the values, group by group, to so many digits."""
        if digits < self._fewest:
            raise LostDigits
        if digits == self._fewest:
            return self._known
        return self._evaluator.values(self.formula, digits)

    def width(self, run: _Run, digits: int) -> Decimal | None:
        """Return how far apart the values of a group are; 0 where they are all the same.

        None where that is not known, because their errors are as large as that.
        """
        values, errors = self.values(digits)
        apart = max(values[run]) - min(values[run])
        error = UP.multiply(_TWO, max(errors[run])) if errors else _ZERO
        if apart > UP.multiply(_TWO, error) or not error:
            return apart
        return _ZERO if self._evaluator.still(self.formula, run, digits) else None

    @property
    def is_far(self) -> bool:
        """Whether its points can only show that formulas differ."""
        return self._evaluator.reach == "far"

    @property
    def is_seen(self) -> bool:
        """Whether each term of it was large enough to be seen."""
        return self._evaluator.watchful

    def beside(self, formula: Node) -> EvaluatedFormula:
        """Return another formula, tried at the same points."""
        return EvaluatedFormula(formula, self._evaluator)

    def signs(self, argument: Node) -> set[int]:
        """Return the signs with which an absolute value's argument was met, here and beyond.

        Points that say nothing of the formula do not count, nor those where it has terms that are
        too small to be seen.
        """
        if self._in_one_go:
            return self._evaluator.signs(argument, in_one_go=True)
        here = self._evaluator.signs(argument)
        there = (trial.signs(argument) for trial in self.beyond() if trial and trial.is_seen)
        return here.union(*there)

    def beyond(self) -> Iterator[EvaluatedFormula | None]:
        """Yield the formula tried at the points beyond; None where that says nothing.

        Raises
        ------
        Undefined
            The formula has no value there, and not because its values are too large.
        LostDigits
            A part of it is too small to be seen.
        """
        for place, evaluator in enumerate(self._evaluator.beyond):
            if place not in self._beyond:
                self._beyond[place] = _tried_beyond(self.formula, evaluator)
            yield self._beyond[place]
        # What is 0 at all whole numbers that were tried is found by a number that is not whole, or
        # else by both of those that are large, one of which is even.
        skipped = [
            self._evaluator.beyond[at].reach for at, it in self._beyond.items() if it is None
        ]
        if "fractional" in skipped and len(skipped) > 1:
            raise LostDigits


def _tried_beyond(formula: Node, evaluator: Evaluator) -> EvaluatedFormula | None:
    if evaluator.reach == "far":
        # Terms that hide others may still tell a line from the one before.
        return _tried_at(formula, evaluator) or _tried_at(formula, evaluator.unwatched())
    return _tried_at(formula, evaluator)


def _tried_at(formula: Node, evaluator: Evaluator) -> EvaluatedFormula | None:
    try:
        return EvaluatedFormula(formula, evaluator)
    except Undefined as error:
        out_of_range = error.why == OUT_OF_RANGE
        if evaluator.reach == "fractional" and out_of_range:
            raise LostDigits from error
        # Who has not a whole number of examples has no product of negative numbers.
        if out_of_range or evaluator.reach == "fractional":
            return None
        raise
    except LostDigits:
        if evaluator.reach == "far":
            return None
        raise


def _first_known(formula: Node, evaluator: Evaluator) -> tuple[int, Measured]:
    for digits in PRECISIONS:
        with suppress(LostDigits):
            return digits, evaluator.values(formula, digits)
    raise LostDigits


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


def equal(old: EvaluatedFormula, new: EvaluatedFormula) -> bool:
    """Tell whether two formulas agree at every point.

    Raises
    ------
    LostDigits
        They may and they may not.
    """
    if not _decided(functools.partial(_equal, old, new)):
        return False
    return all(
        _told_there(functools.partial(_equal, *pair), pair, True) for pair in _beyond(old, new)
    )


def affine(old: EvaluatedFormula, new: EvaluatedFormula) -> Affine:
    """Tell how one formula depends on another within the groups.

    Raises
    ------
    LostDigits
        That cannot be told.
    """
    here = _decided(functools.partial(_affine, old, new))
    if here.slope not in {"up", "down"}:
        return here
    # At some points beyond both formulas may not change at all.
    there = [
        _told_there(functools.partial(_affine, *pair), pair, here) for pair in _beyond(old, new)
    ]
    slopes = {found.slope for found in there if found.factors or found.slope == "bent"}
    if "bent" in slopes:
        return Affine("bent")
    return here if slopes <= {here.slope} else Affine("flat")


def _beyond(
    old: EvaluatedFormula, new: EvaluatedFormula
) -> Iterator[tuple[EvaluatedFormula, EvaluatedFormula]]:
    for one, other in zip(old.beyond(), new.beyond(), strict=True):
        if one is not None and other is not None:
            yield one, other


def _told_there(
    told_with: Callable[[int], _T], pair: tuple[EvaluatedFormula, EvaluatedFormula], otherwise: _T
) -> _T:
    """Return what is told beyond; where too few digits are left for that, what is told here."""
    try:
        return _decided(told_with)
    except LostDigits:
        if pair[0].is_far:
            return otherwise
        raise


def affine_or_bent(old: EvaluatedFormula, new: EvaluatedFormula) -> Affine:
    """Tell the same, for a message: what cannot be told counts as bent."""
    try:
        return affine(old, new)
    except LostDigits:
        return Affine("bent")


def logarithm(trial: EvaluatedFormula) -> EvaluatedFormula | None:
    """Return the logarithm of a formula; None where it is not positive at every point."""
    try:
        found = trial.beside(Applied("log", trial.formula))
        list(found.beyond())
    except Undefined:
        return None
    return found


def _decided(told_with: Callable[[int], _T]) -> _T:
    for digits in PRECISIONS:
        # What has a value with few digits may leave the range of numbers with more.
        with suppress(LostDigits, Undefined), localcontext(comparing(digits)):
            return told_with(digits)
    raise LostDigits


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
    """Tell whether values are known to differ anywhere; in the current decimal context."""
    return _any_is_not_0(_less(one, other))


def _less(one: Measured, other: Measured) -> Measured:
    return OPERATIONS["+"](one, OPERATIONS["-"](other))


def _any_is_not_0(measured: Measured) -> bool:
    values, errors = measured
    if errors is None:
        return any(values)
    return any(map(operator.gt, map(abs, values), errors))


def _sharp(values: Measured, errors: Sequence[Decimal], width: Decimal | None, run: _Run) -> bool:
    """Tell whether errors are far below the values of a group, and below what they vary by.

    Were the values alone the measure, one could add 10^100 under ``~``, and then, under ``=``,
    whatever is small beside that and large beside the loss.
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
    """Tell whether two formulas change in proportion from point to point, in each run of points.

    Cross products of all triples: no single large value may hide a bend in the others.

    Raises
    ------
    LostDigits
        They may and they may not.
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
    """Return slope and whether there is an offset."""
    if not moves:
        return _ZERO, True
    values = old.values[run]
    low, high = (run.start + values.index(end(values)) for end in (min, max))
    slope = (new.values[high] - new.values[low]) / (old.values[high] - old.values[low])
    offset = new.values[low] - slope * old.values[low]
    return slope, abs(offset) > _AGREE * max(map(abs, new.values[run]))
