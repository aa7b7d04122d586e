"""Formulas as trees, and what a tree costs to evaluate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

__all__ = [
    "Applied",
    "Element",
    "Folded",
    "Negated",
    "Node",
    "Number",
    "Power",
    "Product",
    "Quotient",
    "Scalar",
    "Sum",
    "children",
    "terms_of",
    "work",
]

FunctionName: TypeAlias = Literal["exp", "log", "sqrt", "abs"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number, as it was written."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Scalar:
    """A symbol without an index: ``sigma``, ``n``, ``pi``, ``e``."""

    name: str


@dataclass(frozen=True, slots=True)
class Element:
    """An indexed symbol, ``y_i``."""

    name: str
    index: str


@dataclass(frozen=True, slots=True)
class Negated:
    """Minus `of`."""

    of: Node


@dataclass(frozen=True, slots=True)
class Sum:
    """Two terms or more."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Two factors or more."""

    factors: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Quotient:
    """`over` divided by `under`."""

    over: Node
    under: Node


@dataclass(frozen=True, slots=True)
class Power:
    """`base` to the power of `exponent`."""

    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Applied:
    """A function of one argument."""

    function: FunctionName
    argument: Node


@dataclass(frozen=True, slots=True)
class Folded:
    """The sum or the product of `body` over an index from 1 to n."""

    kind: Literal["sum", "product"]
    index: str
    body: Node


Node: TypeAlias = (
    Number | Scalar | Element | Negated | Sum | Product | Quotient | Power | Applied | Folded
)

_SLOW = 30
"""What a power or a function costs, where an addition costs 1 (measured: 60 to 300 at worst)."""


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes that stand directly under one."""
    match node:
        case Number() | Scalar() | Element():
            return ()
        case Negated(of):
            return (of,)
        case Sum(parts) | Product(parts):
            return parts
        case Quotient(first, second) | Power(first, second):
            return (first, second)
        case Applied(_, inner) | Folded(_, _, inner):
            return (inner,)


def work(node: Node, n: int) -> int:
    """Return about how many additions it takes to evaluate a formula for `n` examples."""
    inside = sum(work(child, n) for child in children(node))
    match node:
        case Folded():
            return 1 + n * inside
        case Applied() | Power():
            return _SLOW + inside
        case _:
            return 1 + inside


def terms_of(node: Node) -> tuple[Node, ...]:
    """Return terms that add up to a formula, with sums and factors distributed over them."""
    return tuple(_terms_of(node))


def _terms_of(node: Node) -> Iterator[Node]:
    match node:
        case Sum(parts):
            for part in parts:
                yield from _terms_of(part)
        case Negated(of):
            yield from (Negated(term) for term in _terms_of(of))
        case Quotient(over, under):
            yield from (Quotient(term, under) for term in _terms_of(over))
        case Folded("sum", index, body):
            yield from (Folded("sum", index, term) for term in _terms_of(body))
        case Product(factors):
            yield from _distributed(factors)
        case _:
            yield node


def _distributed(factors: tuple[Node, ...]) -> Iterator[Node]:
    split = [terms_of(factor) for factor in factors]
    # Over one factor only: (a + b)(c + d) stays (a + b)c + (a + b)d, so terms cannot explode.
    at = max(range(len(factors)), key=lambda place: len(split[place]))
    for term in split[at]:
        yield Product((*factors[:at], term, *factors[at + 1 :]))
