"""The evaluation of formulas at points, in decimal arithmetic with 50 or 120 digits."""

from __future__ import annotations

import decimal
import functools
from collections.abc import Iterable
from itertools import accumulate, pairwise
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
"""Numbers of digits, in the order of trying."""


class Undefined(Exception):  # noqa: N818 - a property of a formula, not a fault
    """A formula has no value at a point."""

    def __init__(self, point: SamplePoint, why: str) -> None:
        super().__init__(point, why)
        self.point = point
        self.why = why


class Evaluator:
    """Evaluates formulas at points, and caches the parts that they share.

    Parameters
    ----------
    groups : tuple of Group
        The points.
    beyond : tuple of Evaluator
        Evaluators at further points, for formulas that agree here.
    reach : {"drawn", "fractional", "far"}
        The kind of points. ``far`` ones can only reveal a difference; a formula that cannot be
        judged there is not refused. ``fractional`` ones have a number of examples that is not
        whole.
    watchful : bool
        Whether to refuse terms that are too small to be seen.
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
        """The places of each group among the values."""
        return _cuts(map(len, self.groups))

    def unwatched(self) -> Evaluator:
        """Return an evaluator at the same points that allows terms too small to be seen."""
        return Evaluator(self.groups, reach=self.reach, watchful=False)

    def copy(self) -> Evaluator:
        """Return an evaluator that starts with these cached values and adds none to this one."""
        beyond = tuple(evaluator.copy() for evaluator in self.beyond)
        other = Evaluator(self.groups, beyond, self.reach, watchful=self.watchful)
        other._whole = self._whole and self._whole.copy()
        other._columns = {digits: columns.copy() for digits, columns in self._columns.items()}
        return other

    def values(self, formula: Node, digits: int = DIGITS) -> Measured:
        """Return a formula's value at every point, group by group, computed with `digits` digits.

        Raises
        ------
        Undefined
            The formula has no value at one of the points; the error holds the first.
        LostDigits
            Too many digits are lost to know whether it has one.
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
        """Return a formula's values here and at each set of points beyond, evaluated at once.

        None if it has no value somewhere or loses digits; then each set is tried separately.
        """
        parts = (self, *self.beyond)
        if self._whole is None:
            self._whole = Evaluator(tuple(group for part in parts for group in part.groups))
        try:
            values, errors = self._whole.values(formula)
        except (LostDigits, Undefined):
            return None
        cuts = _cuts(len(part.points) for part in parts)
        return [Measured(values[cut], errors and errors[cut]) for cut in cuts]

    def still(self, formula: Node, run: slice, digits: int = DIGITS) -> bool:
        """Return whether a formula surely has a single value at a run of points."""
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
        """Return the signs that an argument of an absolute value took here.

        With `in_one_go`, and if all points were evaluated at once, those beyond count too.
        """
        if in_one_go and self._whole is not None:
            return self._whole.signs(argument)
        met = [columns.signs.get(argument, set()) for columns in self._columns.values()]
        return set().union(*met)


def _cuts(lengths: Iterable[int]) -> tuple[slice, ...]:
    """Return the slices that cut a sequence into consecutive parts of these lengths."""
    return tuple(slice(*ends) for ends in pairwise(accumulate(lengths, initial=0)))


def _why(error: decimal.DecimalException) -> str:
    if isinstance(error, decimal.DivisionByZero):
        return "divides by zero"
    if isinstance(error, decimal.InvalidOperation):
        return "takes a log, root or power that does not exist"
    return OUT_OF_RANGE
