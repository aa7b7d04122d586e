"""The values of formulas at points, in decimal arithmetic with 50 digits, or with 120."""

from __future__ import annotations

import decimal
import functools
import itertools
from typing import Literal, TypeAlias

from grader.checks.kinds.derivation.cache import ValueColumns
from grader.checks.kinds.derivation.error_bounds import LostDigits, Measured
from grader.checks.kinds.derivation.functions import arithmetic
from grader.checks.kinds.derivation.nodes import Node
from grader.checks.kinds.derivation.sample_points import Group, SamplePoint

Reach: TypeAlias = Literal["drawn", "fractional", "far"]

OUT_OF_RANGE = "leaves the range of numbers"

DIGITS = 50
SHARP_DIGITS = 120
PRECISIONS = (DIGITS, SHARP_DIGITS)
"""Numbers of digits, in the order in which they are tried."""


class Undefined(Exception):  # noqa: N818 - a property of a formula, not a fault
    """A formula has no value at a point."""

    def __init__(self, point: SamplePoint, why: str) -> None:
        super().__init__(point, why)
        self.point = point
        self.why = why


class Evaluator:
    """Evaluates formulas at points, and remembers the parts that they share.

    Parameters
    ----------
    groups : tuple of Group
        The points.
    beyond : tuple of Evaluator
        Others, at points where formulas are tried once they agree here.
    reach : {"drawn", "fractional", "far"}
        What kind of points these are. Those that are ``far`` can only show that formulas differ:
        what cannot be known there is no reason to refuse a formula. Those that are ``fractional``
        hold no whole number of examples.
    watchful : bool
        Whether a term that is too small to be seen is refused.
    """

    def __init__(
        self,
        groups: tuple[Group, ...],
        beyond: tuple[Evaluator, ...] = (),
        reach: Reach = "drawn",
        *,
        watchful: bool = True,
    ) -> None:
        self.groups = groups
        self.beyond = beyond
        self.reach: Reach = reach
        self.points = [point for group in groups for point in group]
        self.watchful = watchful
        self._columns: dict[int, ValueColumns] = {}
        self._whole: Evaluator | None = None

    @functools.cached_property
    def runs(self) -> tuple[slice, ...]:
        """Where the values of each group stand."""
        ends = [0]
        for group in self.groups:
            ends.append(ends[-1] + len(group))
        return tuple(slice(*ends[at : at + 2]) for at in range(len(self.groups)))

    def unwatched(self) -> Evaluator:
        """Return one for the same points that takes terms which are too small to be seen."""
        return Evaluator(self.groups, reach=self.reach, watchful=False)

    def copy(self) -> Evaluator:
        """Return one that remembers the same, and whose new memories are its own."""
        beyond = tuple(evaluator.copy() for evaluator in self.beyond)
        other = Evaluator(self.groups, beyond, self.reach, watchful=self.watchful)
        other._whole = self._whole and self._whole.copy()
        other._columns = {digits: columns.copy() for digits, columns in self._columns.items()}
        return other

    def values(self, formula: Node, digits: int = DIGITS) -> Measured:
        """Return a formula's value at every point, group by group, with so many digits.

        Raises
        ------
        Undefined
            The formula has no value at one of the points, the first of which is named.
        LostDigits
            So many digits are lost that it is not known whether it has one.
        """
        try:
            with decimal.localcontext(arithmetic(digits)):
                return self._with(digits).values(formula)
        except decimal.DecimalException as error:
            for point in self.points[:-1]:
                alone = Evaluator(((point,),), reach=self.reach, watchful=self.watchful)
                alone.values(formula, digits)
            raise Undefined(self.points[-1], _why(error)) from error

    def everywhere(self, formula: Node) -> list[Measured] | None:
        """Return a formula's values here and then at each of the points beyond, all in one go.

        None where it has none somewhere, or loses digits: then each is tried by itself.
        """
        parts = (self, *self.beyond)
        if self._whole is None:
            self._whole = Evaluator(tuple(group for part in parts for group in part.groups))
        try:
            values, errors = self._whole.values(formula)
        except (LostDigits, Undefined):
            return None
        ends = itertools.accumulate((len(part.points) for part in parts), initial=0)
        cuts = [slice(*pair) for pair in itertools.pairwise(ends)]
        return [Measured(values[cut], errors and errors[cut]) for cut in cuts]

    def still(self, formula: Node, run: slice, digits: int = DIGITS) -> bool:
        """Tell whether a formula is sure to have one value at a run of points."""
        try:
            with decimal.localcontext(arithmetic(digits)):
                return self._with(digits).still(formula, run)
        except (decimal.DecimalException, LostDigits):  # of the argument of a logarithm
            return False

    def _with(self, digits: int) -> ValueColumns:
        if digits not in self._columns:
            self._columns[digits] = ValueColumns(self.points, watchful=self.watchful)
        return self._columns[digits]

    def signs(self, argument: Node, *, in_one_go: bool = False) -> set[int]:
        """Return the signs with which an argument of an absolute value was met.

        Here alone, or, where all points were tried in one go, at those beyond too.
        """
        if in_one_go and self._whole is not None:
            return self._whole.signs(argument)
        met = [columns.signs.get(argument, set()) for columns in self._columns.values()]
        return set().union(*met)


def _why(error: decimal.DecimalException) -> str:
    if isinstance(error, decimal.DivisionByZero):
        return "divides by zero"
    if isinstance(error, decimal.InvalidOperation):
        return "takes a log, root or power of what has none"
    return OUT_OF_RANGE
