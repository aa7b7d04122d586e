"""The value of a formula at a point, in decimal arithmetic with 50 digits, or with 120.

Python's ``decimal`` (libmpdec) is used rather than mpmath, because it is as exact, ten times as
fast here, and its exponents are bounded: what leaves the range is a signal, never a long wait.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from grader.checks.algebra.nodes import (
    Applied,
    Element,
    Folded,
    Negated,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Scalar,
    Sum,
    children,
)
from grader.checks.algebra.points import Group, Point

__all__ = ["DIGITS", "SHARP_DIGITS", "Memo", "Table", "Undefined", "comparing", "table_of"]

DIGITS = 50
SHARP_DIGITS = 120
_LARGEST_EXPONENT = 10**8
_MOST_NESTED = 100
_PI = Decimal(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482"
    "534211706798214808651328230664709384460955058223172535940812848111745"
)

Table: TypeAlias = tuple[tuple[Decimal, ...], ...]
"""The values of a formula: one row a group of points, one value a point."""

_At: TypeAlias = list[int]
_Value: TypeAlias = Callable[[Point, _At], Decimal]


class Undefined(Exception):  # noqa: N818 - a property of a formula, not a fault
    """A formula has no value at a point."""

    def __init__(self, point: Point, why: str) -> None:
        super().__init__(point, why)
        self.point = point
        self.why = why


def _arithmetic(digits: int) -> decimal.Context:
    """Return the arithmetic that formulas are evaluated in."""
    return _context(digits, _LARGEST_EXPONENT)


def comparing(digits: int) -> decimal.Context:
    """Return the arithmetic for values of formulas: none of their products leaves its range."""
    return _context(digits, 1000 * _LARGEST_EXPONENT)


def _context(digits: int, largest_exponent: int) -> decimal.Context:
    return decimal.Context(
        prec=digits,
        rounding=decimal.ROUND_HALF_EVEN,
        Emin=-largest_exponent,
        Emax=largest_exponent,
        traps=[
            decimal.InvalidOperation,
            decimal.DivisionByZero,
            decimal.Overflow,
            decimal.Underflow,
        ],
    )


Memo: TypeAlias = dict[tuple[Node, int], dict[int, Decimal]]
"""What sums and products came to, by formula and digits, and then by the point's place."""


def table_of(
    formula: Node, groups: tuple[Group, ...], digits: int = DIGITS, memo: Memo | None = None
) -> Table:
    """Return a formula's values at every point of every group.

    Parameters
    ----------
    formula : Node
        The formula.
    groups : tuple of Group
        The points.
    digits : int
        How many digits to work with.
    memo : Memo, optional
        What is already known of the same points; whatever is found is added to it.

    Raises
    ------
    Undefined
        The formula has no value at one of the points, the first of which is named.
    """
    compiled = _Compiler(digits, {} if memo is None else memo).compile(formula, {})
    with decimal.localcontext(_arithmetic(digits)):
        return tuple(tuple(_run(compiled, point) for point in group) for group in groups)


def _run(compiled: _Value, point: Point) -> Decimal:
    try:
        return compiled(point, [0] * _MOST_NESTED)
    except decimal.DivisionByZero as error:
        raise Undefined(point, "divides by zero") from error
    except decimal.InvalidOperation as error:
        raise Undefined(point, "takes a log, root or power of what has none") from error
    except (decimal.Overflow, decimal.Underflow) as error:
        raise Undefined(point, "leaves the range of numbers") from error


@dataclass(frozen=True, slots=True)
class _Compiler:
    digits: int
    memo: Memo

    def compile(self, node: Node, slots: Mapping[str, int]) -> _Value:
        match node:
            case Number(value):
                return lambda _point, _at: value
            case Scalar(name):
                return _scalar(name)
            case Element(name, index):
                return _element(name, slots[index])
            case Applied(function, argument):
                return _applied(_FUNCTIONS[function], self.compile(argument, slots))
            case Folded():
                return self._folded(node, slots)
            case Power(Scalar("e"), exponent):
                return _applied(Decimal.exp, self.compile(exponent, slots))
            case _:
                parts = [self.compile(child, slots) for child in children(node)]
                return _OPERATIONS[type(node)](*parts)

    def _folded(self, node: Folded, slots: Mapping[str, int]) -> _Value:
        slot = max(slots.values(), default=-1) + 1
        body = self.compile(node.body, {**slots, node.index: slot})
        fold = _folded(node.kind == "sum", slot, body)
        if slots:
            return fold  # it may depend on an index outside of it
        return _remembered(fold, self.memo.setdefault((node, self.digits), {}))


def _remembered(value: _Value, known: dict[int, Decimal]) -> _Value:
    def recall(point: Point, at: _At) -> Decimal:
        if point.place not in known:
            known[point.place] = value(point, at)
        return known[point.place]

    return recall


def _scalar(name: str) -> _Value:
    match name:
        case "pi":
            return lambda _point, _at: +_PI
        case "e":
            return lambda _point, _at: Decimal(1).exp()
        case _:
            return lambda point, _at: point.scalars[name]


def _element(name: str, slot: int) -> _Value:
    return lambda point, at: point.vectors[name][at[slot]]


def _total(*terms: _Value) -> _Value:
    return lambda point, at: sum([term(point, at) for term in terms], Decimal(0))


def _multiplied(*factors: _Value) -> _Value:
    return lambda point, at: math.prod([factor(point, at) for factor in factors], start=Decimal(1))


def _negated(of: _Value) -> _Value:
    return lambda point, at: -of(point, at)


def _divided(over: _Value, under: _Value) -> _Value:
    return lambda point, at: over(point, at) / under(point, at)


def _raised(base: _Value, exponent: _Value) -> _Value:
    return lambda point, at: base(point, at) ** exponent(point, at)


_OPERATIONS: Mapping[type[Node], Callable[..., _Value]] = {
    Sum: _total,
    Product: _multiplied,
    Negated: _negated,
    Quotient: _divided,
    Power: _raised,
}


def _applied(function: Callable[[Decimal], Decimal], argument: _Value) -> _Value:
    return lambda point, at: function(argument(point, at))


def _log(number: Decimal) -> Decimal:
    if number <= 0:  # decimal gives -Infinity for 0 and signals nothing
        raise decimal.InvalidOperation
    return number.ln()


_FUNCTIONS: Mapping[str, Callable[[Decimal], Decimal]] = {
    "exp": Decimal.exp,
    "log": _log,
    "sqrt": Decimal.sqrt,
    "abs": abs,
}


def _folded(adds: bool, slot: int, body: _Value) -> _Value:
    def fold(point: Point, at: _At) -> Decimal:
        values = []
        for place in range(point.n):
            at[slot] = place
            values.append(body(point, at))
        return sum(values, Decimal(0)) if adds else math.prod(values, start=Decimal(1))

    return fold
