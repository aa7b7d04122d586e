"""A formula with its values at the points, and the points beyond at which it must also hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal

from grader.checks.kinds.derivation.error_bounds import UP, LostDigits, Measured
from grader.checks.kinds.derivation.evaluate import (
    DIGITS,
    OUT_OF_RANGE,
    PRECISIONS,
    Evaluator,
    Undefined,
)
from grader.checks.kinds.derivation.nodes import Node

_ZERO, _TWO = Decimal(0), Decimal(2)


class EvaluatedFormula:
    """A formula and its values at an evaluator's points, computed once per number of digits.

    `known` are its values, if they were computed already.

    Raises
    ------
    Undefined
        The formula has no value at one of the points.
    LostDigits
        Too many digits are lost to know whether it has one.
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
        """Return the values, group by group, computed with `digits` digits."""
        if digits < self._fewest:
            raise LostDigits
        if digits == self._fewest:
            return self._known
        return self._evaluator.values(self.formula, digits)

    def width(self, run: slice, digits: int) -> Decimal | None:
        """Return the range of a group's values; 0 if they are all equal.

        None if the errors are too large to know it.
        """
        values, errors = self.values(digits)
        apart = max(values[run]) - min(values[run])
        error = UP.multiply(_TWO, max(errors[run])) if errors else _ZERO
        if apart > UP.multiply(_TWO, error) or not error:
            return apart
        return _ZERO if self._evaluator.still(self.formula, run, digits) else None

    @property
    def is_far(self) -> bool:
        """Whether its points can only reveal a difference."""
        return self._evaluator.reach == "far"

    @property
    def is_seen(self) -> bool:
        """Whether each of its terms was large enough to be seen."""
        return self._evaluator.watchful

    def with_formula(self, formula: Node) -> EvaluatedFormula:
        """Evaluate another formula at the same points."""
        return EvaluatedFormula(formula, self._evaluator)

    def signs(self, argument: Node) -> set[int]:
        """Return the signs that the argument of an absolute value took, here and beyond.

        Points at which the formula is not judged do not count, nor those at which some of its terms
        are too small to be seen.
        """
        if self._in_one_go:
            return self._evaluator.signs(argument, in_one_go=True)
        here = self._evaluator.signs(argument)
        there = (trial.signs(argument) for trial in self.beyond() if trial and trial.is_seen)
        return here.union(*there)

    def beyond(self) -> Iterator[EvaluatedFormula | None]:
        """Yield the formula at each set of points beyond; None if it cannot be judged there.

        Raises
        ------
        Undefined
            The formula has no value there, though its values are not too large.
        LostDigits
            A part of it is too small to be seen.
        """
        for place, evaluator in enumerate(self._evaluator.beyond):
            if place not in self._beyond:
                self._beyond[place] = _tried_beyond(self.formula, evaluator)
            yield self._beyond[place]
        # A difference that is 0 at all whole numbers tried shows at a fractional number, or else at
        # the two large ones, one of which is even.
        skipped = [
            self._evaluator.beyond[at].reach for at, it in self._beyond.items() if it is None
        ]
        if "fractional" in skipped and len(skipped) > 1:
            raise LostDigits


def _tried_beyond(formula: Node, evaluator: Evaluator) -> EvaluatedFormula | None:
    if evaluator.reach == "far":
        # Terms that hide others may still differ between a line and the one before.
        return _tried_at(formula, evaluator) or _tried_at(formula, evaluator.unwatched())
    return _tried_at(formula, evaluator)


def _tried_at(formula: Node, evaluator: Evaluator) -> EvaluatedFormula | None:
    try:
        return EvaluatedFormula(formula, evaluator)
    except Undefined as error:
        out_of_range = error.why == OUT_OF_RANGE
        if evaluator.reach == "fractional" and out_of_range:
            raise LostDigits from error
        # With a fractional number of examples, a product of negative numbers has no value.
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
