"""Formulas as trees, and properties that follow from a tree alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

FunctionName: TypeAlias = Literal["exp", "log", "sqrt", "abs"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written."""

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
    """The negative of `of`."""

    of: Node


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of two or more terms."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """A product of two or more factors."""

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
"""Cost of a power or a function; an addition costs 1 (measured: 60 to 300 at worst)."""


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct children of a node."""
    return _CHILDREN[type(node)](node)


_CHILDREN: Mapping[type[Node], Callable[[Any], tuple[Node, ...]]] = {
    Number: lambda _: (),
    Scalar: lambda _: (),
    Element: lambda _: (),
    Negated: lambda node: (node.of,),
    Sum: lambda node: node.terms,
    Product: lambda node: node.factors,
    Quotient: lambda node: (node.over, node.under),
    Power: lambda node: (node.base, node.exponent),
    Applied: lambda node: (node.argument,),
    Folded: lambda node: (node.body,),
}


def size_and_depth(node: Node) -> tuple[int, int]:
    """Return the number of parts of a formula, and how deeply they are nested."""
    inside = [size_and_depth(child) for child in children(node)]
    return 1 + sum(size for size, _ in inside), 1 + max((depth for _, depth in inside), default=0)


def work(node: Node, n: int) -> int:
    """Return the approximate cost, in additions, of evaluating a formula for `n` examples."""
    inside = sum(work(child, n) for child in children(node))
    match node:
        case Folded():
            return 1 + n * inside
        case Applied() | Power():
            return _SLOW + inside
        case _:
            return 1 + inside


def terms_of(node: Node) -> tuple[Node, ...]:
    """Return terms that add up to a formula, after expanding sums and factors."""
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
    # Expand one factor only: (a + b)(c + d) becomes (a + b)c + (a + b)d, so terms stay few.
    at = max(range(len(factors)), key=lambda place: len(split[place]))
    for term in split[at]:
        yield Product((*factors[:at], term, *factors[at + 1 :]))


def branches(node: Node) -> Iterator[Node]:
    """Yield every expression whose absolute value a formula takes."""
    argument = folding(node)
    if argument is not None:
        yield argument
    for child in children(node):
        yield from branches(child)


def folding(node: Node) -> Node | None:
    """Return `a` for a formula ``|a|`` or ``sqrt(a^2)``; else None.

    Such a formula has one branch for positive and another for negative `a`.
    """
    match node:
        case Applied("abs", argument):
            return argument
        case Applied("sqrt" | "log", argument):
            return _squared(argument)
        case Power(base, exponent) if not _is_whole(exponent):
            return _squared(base)
        case _:
            return None


def _squared(node: Node) -> Node | None:
    match node:
        case Power(base, exponent) if _is_even(exponent):
            return base
        case Product(factors):
            repeated = (factor for at, factor in enumerate(factors) if factor in factors[:at])
            return next(repeated, _first_squared(factors))
        case Quotient(over, under):
            return _first_squared((over, under))
        case Negated(of):
            return _squared(of)
        case _:
            return None


def _first_squared(nodes: Sequence[Node]) -> Node | None:
    return next((base for base in map(_squared, nodes) if base is not None), None)


def _is_whole(node: Node) -> bool:
    number = node.of if isinstance(node, Negated) else node
    return isinstance(number, Number) and number.value == number.value.to_integral_value()


def _is_even(node: Node) -> bool:
    return isinstance(node, Number) and node.value % 2 == 0


def sign_of(node: Node) -> int:
    """Return 1 if a formula cannot be negative, -1 if it cannot be positive, else 0.

    Only the structure counts: symbols without an index are positive; squares, exponentials and
    absolute values are not negative.
    """
    match node:
        case Number(value):
            return 1 if value >= 0 else -1
        case Scalar() | Applied("exp" | "abs" | "sqrt"):
            return 1
        case Negated(of):
            return -sign_of(of)
        case Power(base, exponent):
            return 1 if _is_even(exponent) or sign_of(base) == 1 else 0
        case Folded("sum", _, body):
            return sign_of(body)
        case Folded("product", _, body):
            return max(sign_of(body), 0)
        case Sum(terms):
            signs = set(map(sign_of, terms))
            return signs.pop() if len(signs) == 1 else 0
        case Product() | Quotient():
            return math.prod(map(sign_of, children(node)))
        case _:
            return 0


def without_exponentials(node: Node) -> tuple[Node | None, Node | None]:
    """Split a formula into `rest` and `exponent`, with formula = ``rest * exp(exponent)``.

    A part that is missing is None. An exponential is positive, so the logarithm of the formula is
    ``log(rest) + exponent``, and exists exactly if `rest` is positive.

    Examples
    --------
    >>> without_exponentials(Product((Scalar("n"), Applied("exp", Scalar("sigma")))))
    (Scalar(name='n'), Scalar(name='sigma'))
    """
    match node:
        case Applied("exp", exponent) | Power(Scalar("e"), exponent):
            return None, exponent
        case Product(factors):
            split = [without_exponentials(factor) for factor in factors]
            rests = [rest for rest, _ in split if rest is not None]
            exponents = [exponent for _, exponent in split if exponent is not None]
            return _one_of(Product, rests), _one_of(Sum, exponents)
        case Quotient(over, under):
            return _divided(*without_exponentials(over), *without_exponentials(under))
        case Folded("product", index, body):
            inner, power = without_exponentials(body)
            return (
                None if inner is None else Folded("product", index, inner),
                None if power is None else Folded("sum", index, power),
            )
        case _:
            return node, None


def _one_of(many: Callable[[tuple[Node, ...]], Node], parts: Sequence[Node]) -> Node | None:
    if len(parts) > 1:
        return many(tuple(parts))
    return parts[0] if parts else None


def _divided(
    over: Node | None, more: Node | None, under: Node | None, less: Node | None
) -> tuple[Node | None, Node | None]:
    rest = over if under is None else Quotient(Number(Decimal(1)) if over is None else over, under)
    exponents = [more, None if less is None else Negated(less)]
    return rest, _one_of(Sum, [exponent for exponent in exponents if exponent is not None])
