"""The values of formulas at points, in decimal arithmetic with 50 digits, or with 120."""

from __future__ import annotations

import decimal
from decimal import Decimal
from itertools import islice
from typing import TypeAlias

from grader.checks.algebra.columns import Columns
from grader.checks.algebra.functions import arithmetic
from grader.checks.algebra.nodes import Node
from grader.checks.algebra.points import Group, Point

__all__ = ["DIGITS", "SHARP_DIGITS", "Evaluator", "Table", "Undefined"]

DIGITS = 50
SHARP_DIGITS = 120

Table: TypeAlias = tuple[tuple[Decimal, ...], ...]
"""The values of a formula: one row a group of points, one value a point."""


class Undefined(Exception):  # noqa: N818 - a property of a formula, not a fault
    """A formula has no value at a point."""

    def __init__(self, point: Point, why: str) -> None:
        super().__init__(point, why)
        self.point = point
        self.why = why


class Evaluator:
    """Evaluates formulas at points, and remembers the parts that they share.

    Parameters
    ----------
    groups : tuple of Group
        The points.
    """

    def __init__(self, groups: tuple[Group, ...]) -> None:
        self.groups = groups
        self._columns: dict[int, Columns] = {}
        self._single: tuple[Evaluator, ...] = ()

    def single(self) -> tuple[Evaluator, ...]:
        """Return one evaluator for each group, for what is soon decided."""
        if not self._single:
            self._single = tuple(Evaluator((group,)) for group in self.groups)
        return self._single

    def copy(self) -> Evaluator:
        """Return one that remembers the same, and whose new memories are its own."""
        other = Evaluator(self.groups)
        other._columns = {digits: columns.copy() for digits, columns in self._columns.items()}
        return other

    def table(self, formula: Node, digits: int = DIGITS) -> Table:
        """Return a formula's values at every point of every group, with so many digits.

        Raises
        ------
        Undefined
            The formula has no value at one of the points, the first of which is named.
        """
        points = [point for group in self.groups for point in group]
        columns = self._columns.setdefault(digits, Columns(points))
        try:
            with decimal.localcontext(arithmetic(digits)):
                values = iter(columns.values(formula))
        except decimal.DecimalException as error:
            if len(points) == 1:
                raise Undefined(points[0], _why(error)) from error
            return self._one_by_one(formula, digits)
        return tuple(tuple(islice(values, len(group))) for group in self.groups)

    def _one_by_one(self, formula: Node, digits: int) -> Table:
        return tuple(
            tuple(Evaluator(((point,),)).table(formula, digits)[0][0] for point in group)
            for group in self.groups
        )


def _why(error: decimal.DecimalException) -> str:
    if isinstance(error, decimal.DivisionByZero):
        return "divides by zero"
    if isinstance(error, decimal.InvalidOperation):
        return "takes a log, root or power of what has none"
    return "leaves the range of numbers"
