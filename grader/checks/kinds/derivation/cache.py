"""Values of many formulas at the same points, with each part computed once.

A part is identified by its structure, not by its line: two lines with `log(sigma)` or
`(y_i - y_hat_i)^2` share its column, whatever the index is called. A column holds a part's values
at all points with their error bounds, so that the loops run inside Python's `map`.
"""

from __future__ import annotations

import decimal
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from grader.checks.kinds.derivation import nodes
from grader.checks.kinds.derivation.error_bounds import (
    OPERATIONS,
    Measured,
    applied,
    product,
    rounded,
    total,
)
from grader.checks.kinds.derivation.functions import PI, E
from grader.checks.kinds.derivation.sample_points import SamplePoint
from grader.checks.kinds.derivation.visible_terms import require_visible, require_visible_power

_Key: TypeAlias = nodes.Number | nodes.Scalar | tuple[str | int, ...]
_Slots: TypeAlias = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Column:
    """A part's values: point by point, and for each point by the indices that it depends on.

    Attributes
    ----------
    number : int
        Identifies the part.
    slots : tuple of int
        The indices, the outermost sum or product first; the last runs fastest.
    measured : Measured
        The values; a point with n examples has n to the power of the number of indices.
    """

    number: int
    slots: tuple[int, ...]
    measured: Measured


class ValueColumns:
    """The values of formulas at some points, computed in the current decimal context.

    Attributes
    ----------
    signs : dict of Node to set of int
        The signs, 1 and -1, that each argument of an absolute value took.
    """

    def __init__(self, points: Sequence[SamplePoint], *, watchful: bool = True) -> None:
        self.signs: dict[nodes.Node, set[int]] = {}
        self._points = points
        self._watchful = watchful
        self._known: dict[_Key, _Column] = {}
        self._spreads: dict[tuple[tuple[int, ...], tuple[int, ...]], list[int]] = {}

    def copy(self) -> ValueColumns:
        """Return a copy to which columns can be added without changing this one."""
        other = ValueColumns(self._points, watchful=self._watchful)
        other.signs = {node: set(signs) for node, signs in self.signs.items()}
        other._known = dict(self._known)
        other._spreads = self._spreads  # places, not values
        return other

    def values(self, formula: nodes.Node) -> Measured:
        """Return a formula's value at each point."""
        return self._column(formula, {}).measured

    def still(self, formula: nodes.Node, run: slice) -> bool:
        """Return whether a formula surely has a single value at a run of points.

        That holds if all its parts that are known exactly, down to its symbols, are constant there.
        """
        return self._still(formula, {}, run)

    def _still(self, node: nodes.Node, slots: _Slots, run: slice) -> bool:
        column = self._column(node, slots)
        if column.measured.errors is None or not nodes.children(node):
            sizes = [point.n ** len(column.slots) for point in self._points]
            ends = itertools.pairwise(itertools.accumulate(sizes, initial=0))
            first, *others = [column.measured.values[slice(*end)] for end in ends][run]
            return all(other == first for other in others)
        if isinstance(node, nodes.Folded):
            slots = {**slots, node.index: _next(slots)}
        return all(self._still(child, slots, run) for child in nodes.children(node))

    def _column(self, node: nodes.Node, slots: _Slots) -> _Column:
        match node:
            case nodes.Number() | nodes.Scalar():
                return self._scalar(node)
            case nodes.Element(name, index):
                return self._element(name, slots[index])
            case nodes.Folded():
                return self._folded(node, slots)
            case nodes.Applied() | nodes.Power():
                return self._functional(node, slots)
            case _:
                return self._combined(_SIGNS[type(node)], nodes.children(node), slots)

    def _functional(self, node: nodes.Applied | nodes.Power, slots: _Slots) -> _Column:
        folded = nodes.folding(node)
        if folded is not None:
            self.signs.setdefault(folded, set()).update(
                _signs(self._column(folded, slots).measured)
            )
        match node:
            case nodes.Applied("log", inner):
                return self._logarithm(inner, slots)
            case nodes.Applied(function, inner):
                return self._applied(function, self._column(inner, slots))
            case nodes.Power(nodes.Scalar("e"), inner):
                return self._applied("exp", self._column(inner, slots))
            case nodes.Power(base, exponent):
                return self._power(base, exponent, slots)

    def _add(self, key: _Key, slots: tuple[int, ...], measured: Measured) -> _Column:
        column = _Column(len(self._known), slots, measured)
        self._known[key] = column
        return column

    def _scalar(self, leaf: nodes.Number | nodes.Scalar) -> _Column:
        if leaf in self._known:
            return self._known[leaf]
        return self._add(leaf, (), rounded(list(map(_scalar(leaf), self._points))))

    def _element(self, name: str, slot: int) -> _Column:
        key = ("element", name, slot)
        if key in self._known:
            return self._known[key]
        values = [value for point in self._points for value in point.vectors[name]]
        return self._add(key, (slot,), Measured(values))

    def _logarithm(self, argument: nodes.Node, slots: _Slots) -> _Column:
        rest, exponent = nodes.without_exponentials(argument)
        if exponent is None:
            return self._applied("log", self._column(argument, slots))
        if rest is None:
            return self._column(exponent, slots)
        return self._combined("+", (nodes.Applied("log", rest), exponent), slots)

    def _applied(self, function: str, argument: _Column) -> _Column:
        key = (function, argument.number)
        if key in self._known:
            return self._known[key]
        if self._watchful and function == "exp":
            require_visible_power(argument.measured)
        return self._add(key, argument.slots, applied(function, argument.measured))

    def _combined(self, sign: str, parts: tuple[nodes.Node, ...], slots: _Slots) -> _Column:
        columns = [self._column(part, slots) for part in parts]
        key: _Key = (sign, *[column.number for column in columns])
        if key in self._known:
            return self._known[key]
        wide = columns[0].slots
        if any(column.slots != wide for column in columns):
            wide = tuple(sorted({slot for column in columns for slot in column.slots}))
        spread = [self._spread(column, wide) for column in columns]
        if self._watchful and sign == "+":
            require_visible(spread)
        if self._watchful and sign == "^":
            require_visible_power(spread[1], spread[0])
        return self._add(key, wide, OPERATIONS[sign](*spread))

    def _power(self, base: nodes.Node, exponent: nodes.Node, slots: _Slots) -> _Column:
        # (-1)^(10^6 y_i) has a value only at data with six decimals.
        if not self._is_whole(exponent) and -1 in _signs(self._column(base, slots).measured):
            raise decimal.InvalidOperation
        return self._combined("^", (base, exponent), slots)

    def _is_whole(self, node: nodes.Node) -> bool:
        """Return whether a formula is whole by its structure, not by what was drawn."""
        match node:
            case nodes.Number(value):
                return value == value.to_integral_value()
            case nodes.Scalar():
                values = self._scalar(node).measured.values
                return all(value == value.to_integral_value() for value in values)
            case nodes.Negated() | nodes.Sum() | nodes.Product() | nodes.Folded():
                return all(map(self._is_whole, nodes.children(node)))
            case nodes.Power(base, nodes.Number() as exponent):
                return exponent.value > 0 and self._is_whole(base) and self._is_whole(exponent)
            case _:
                return False

    def _folded(self, node: nodes.Folded, slots: _Slots) -> _Column:
        slot = _next(slots)
        body = self._column(node.body, {**slots, node.index: slot})
        varies = slot in body.slots
        key = (node.kind, body.number, varies)
        if key in self._known:
            return self._known[key]
        wide = body.slots if varies else (*body.slots, slot)
        fold = total if node.kind == "sum" else product
        runs = list(self._runs(len(wide)))
        parts = self._spread(body, wide)
        if any(point.weights for point in self._points):
            repeated = OPERATIONS["*" if node.kind == "sum" else "^"]
            parts = repeated(parts, self._spread(self._weights(slot), wide))
        return self._add(key, wide[:-1], fold(parts, runs))

    def _weights(self, slot: int) -> _Column:
        key = ("weights", slot)
        if key in self._known:
            return self._known[key]
        values = [
            weight for point in self._points for weight in point.weights or [Decimal(1)] * point.n
        ]
        return self._add(key, (slot,), Measured(values))

    def _runs(self, width: int) -> Iterator[slice]:
        at = 0
        for point in self._points:
            for _ in range(point.n ** (width - 1)):
                yield slice(at, at + point.n)
                at += point.n

    def _spread(self, column: _Column, wide: tuple[int, ...]) -> Measured:
        if column.slots == wide:
            return column.measured
        way = (column.slots, wide)
        if way not in self._spreads:
            self._spreads[way] = list(_spread(self._points, *way))
        return column.measured.at(self._spreads[way])


def _signs(measured: Measured) -> set[int]:
    """Return the signs of values, without those that may be 0."""
    values, errors = measured
    known = values if errors is None else map(_unless_0, values, errors)
    return {1 if value > 0 else -1 for value in known if value}


def _unless_0(value: Decimal, error: Decimal) -> Decimal:
    return value if value.copy_abs() > error else Decimal(0)


def _next(slots: _Slots) -> int:
    return max(slots.values(), default=-1) + 1


def _scalar(leaf: nodes.Number | nodes.Scalar) -> Callable[[SamplePoint], Decimal]:
    match leaf:
        case nodes.Number(value):
            return lambda _point: value
        case nodes.Scalar("pi"):
            return lambda _point: +PI
        case nodes.Scalar("e"):
            return lambda _point: +E
        case nodes.Scalar(name):
            return lambda point: point.scalars[name]


def _spread(
    points: Sequence[SamplePoint], narrow: tuple[int, ...], wide: tuple[int, ...]
) -> Iterator[int]:
    """Yield, for each place in a column with more indices, the place in one with fewer."""
    start = 0
    kept = [wide.index(slot) for slot in narrow]
    for point in points:
        for places in itertools.product(range(point.n), repeat=len(wide)):
            at = 0
            for which in kept:
                at = at * point.n + places[which]
            yield start + at
        start += point.n ** len(narrow)


_SIGNS: Mapping[type[nodes.Node], str] = {
    nodes.Negated: "-",
    nodes.Sum: "+",
    nodes.Product: "*",
    nodes.Quotient: "/",
}
