"""The plain form of a formula, which is the same for all ways to write it.

Two lines with the same plain form are one line, written twice. A plain form undoes differences of
spelling, but nothing that a reader would call a step:

- order of terms and factors, brackets, signs (``-(-a)``, ``(a - b)^2`` for ``(b - a)^2``);
- arithmetic of plain numbers (``2/2``, ``1/2 + 1/2``), also into or out of brackets and sums;
- terms and factors that have no effect or cancel (``+ 0``, ``* 1``, ``a - a``, ``a/a``, ``a^1``,
  ``log(1)``), and like ones taken together (``a + a``, ``a a``);
- quotients for powers (``a/b``, ``a b^-1``), ``sqrt(a)`` for ``a^(1/2)``, ``e^a`` for ``exp(a)``;
- names of indices.

Laws of logarithms, exponentials, sums and products over the examples are steps, and so is
``a (b + c) = a b + a c``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from grader.checks.kinds.derivation.nodes import (
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
    sign_of,
)

_MOST_BITS = 512
_HALF = Fraction(1, 2)

Exact: TypeAlias = int | Fraction
"""Whole numbers stay integers, because fractions are ten times slower."""

Path: TypeAlias = tuple[str, ...]
"""Nested sums, products and logs, the outermost first."""


@dataclass(frozen=True, slots=True)
class Plain:
    """The identity of a formula, however it is written.

    Attributes
    ----------
    text : str
        Equal for formulas that are one line, written twice. For comparing, not for reading.
    shape : frozenset of tuple of str
        For each innermost sum, product or logarithm, the path to it: ``sum(log(a)) + log(b)`` has
        the shape ``{("sum", "log"), ("log",)}``.
    """

    text: str
    shape: frozenset[Path] = frozenset()


_Monomial: TypeAlias = tuple[tuple[Plain, Exact], ...]
"""Factors with their exponents, ordered by text."""
_Terms: TypeAlias = Mapping[_Monomial, Exact]
"""Terms with their coefficients, none of which is 0."""


def plain_form(formula: Node) -> Plain:
    """Return the plain form of a formula.

    Examples
    --------
    >>> half = Quotient(Scalar("n"), Number(2))
    >>> plain_form(Sum((half, Negated(Negated(half))))) == plain_form(Scalar("n"))
    True
    """
    return _written(_terms(formula, ()))


def _terms(node: Node, indices: tuple[str, ...]) -> _Terms:
    def of(part: Node) -> _Terms:
        return _terms(part, indices)

    match node:
        case Number() | Scalar() | Element():
            return _leaf(node, indices)
        case Folded(kind, index, body):
            return _folded(kind, _terms(body, (*indices, index)))
        case Sum(terms):
            return _added(map(of, terms))
        case Negated(part):
            return _times(of(part), -1)
        case Product(factors):
            return functools.reduce(_multiplied, map(of, factors))
        case Quotient(over, under):
            return _multiplied(of(over), _raised(of(under), -1))
        case Power() | Applied():
            return _terms_of_function(node, of)


def _terms_of_function(node: Power | Applied, of: Callable[[Node], _Terms]) -> _Terms:
    match node:
        case Power(Scalar("e"), exponent) | Applied("exp", exponent):
            return _exponential(of(exponent))
        case Power(base, exponent):
            return _power(of(base), of(exponent))
        case Applied("sqrt", argument):
            return _raised(of(argument), _HALF)
        case Applied("log", argument):
            return _logarithm(of(argument))
        case Applied(_, argument):
            sign = sign_of(argument)
            return _times(of(argument), sign) if sign else _absolute(of(argument))


def _leaf(node: Number | Scalar | Element, indices: tuple[str, ...]) -> _Terms:
    match node:
        case Number(value):
            return _number(int(value) if value == int(value) else Fraction(value))
        case Scalar(name):
            return _exponential(_number(1)) if name == "e" else _atom(Plain(name))
        case Element(name, index):
            place = len(indices) - 1 - indices[::-1].index(index)
            return _atom(Plain(f"{name}_{place}"))


def _number(value: Exact) -> _Terms:
    return {(): value} if value else {}


def _atom(plain: Plain, exponent: Exact = 1) -> _Terms:
    return {((plain, exponent),): 1}


def _value(terms: _Terms) -> Exact | None:
    """Return the value of terms that are one number; else None."""
    if not terms:
        return 0
    return terms.get(()) if len(terms) == 1 else None


def _times(terms: _Terms, number: Exact) -> _Terms:
    return {monomial: value * number for monomial, value in terms.items()} if number else {}


def _added(many: Iterable[_Terms]) -> _Terms:
    total: dict[_Monomial, Exact] = {}
    for terms in many:
        for monomial, value in terms.items():
            total[monomial] = total.get(monomial, 0) + value
    return {monomial: value for monomial, value in total.items() if value}


def _multiplied(one: _Terms, other: _Terms) -> _Terms:
    for number, terms in ((_value(one), other), (_value(other), one)):
        if number is not None:
            return _times(terms, number)
    (first, factors), (second, more) = _as_factor(one), _as_factor(other)
    return {_joined(factors, more): first * second}


def _joined(*monomials: _Monomial) -> _Monomial:
    exponents: dict[Plain, Exact] = {}
    for monomial in monomials:
        for plain, exponent in monomial:
            exponents[plain] = exponents.get(plain, 0) + exponent
    kept = ((plain, exponent) for plain, exponent in exponents.items() if exponent)
    return tuple(sorted(kept, key=lambda factor: factor[0].text))


def _as_factor(terms: _Terms) -> tuple[Exact, _Monomial]:
    """Return a coefficient and a monomial; in a bracket of terms the first coefficient is 1."""
    if len(terms) == 1:
        ((monomial, value),) = terms.items()
        return value, monomial
    lead = terms[min(terms, key=_monomial_text)]
    bracket = _written(_times(terms, _inverse(lead)))
    return lead, ((Plain(f"({bracket.text})", bracket.shape), 1),)


def _raised(terms: _Terms, power: Exact) -> _Terms:
    value = _value(terms)
    if value == 1 or power == 1:
        return terms
    if power.denominator == 1 and terms:
        number, monomial = _as_factor(terms)
        raised = tuple((plain, exponent * power) for plain, exponent in monomial)
        one: _Terms = {raised: 1}
        return _multiplied(_number_raised(number, power.numerator), one)
    if len(terms) == 1:
        ((monomial, number),) = terms.items()
        if number == 1 and len(monomial) == 1 and monomial[0][1] == 1:
            return _atom(monomial[0][0], power)
    inner = _written(terms)
    return _atom(Plain(f"[{inner.text}]", inner.shape), power)


def _number_raised(number: Exact, power: int) -> _Terms:
    bits = max(number.numerator.bit_length(), number.denominator.bit_length())
    if bits * abs(power) > _MOST_BITS:
        return _atom(Plain(f"[{_shown(number)}]"), power)
    return _number(number**power if power > 0 else _inverse(number) ** -power)


def _inverse(number: Exact) -> Exact:
    return number if number in {1, -1} else Fraction(1) / number


def _power(base: _Terms, exponent: _Terms) -> _Terms:
    power = _value(exponent)
    if power is not None:
        return _raised(base, power) if power else _number(1)
    if _value(base) == 1:
        return base
    sign = -1 if min(exponent.items(), key=lambda term: _monomial_text(term[0]))[1] < 0 else 1
    under, over = _written(base), _written(_times(exponent, sign))
    plain = Plain(f"[{under.text}]^[{over.text}]", under.shape | over.shape)
    return _atom(plain, sign)


def _exponential(exponent: _Terms) -> _Terms:
    if not exponent:
        return _number(1)
    inner = _written(exponent)
    return _atom(Plain(f"exp[{inner.text}]", inner.shape))


def _logarithm(argument: _Terms) -> _Terms:
    if _value(argument) == 1:
        return {}
    if argument == _exponential(_number(1)):
        return _number(1)
    return _atom(_inside("log", _written(argument)))


def _absolute(argument: _Terms) -> _Terms:
    if not argument:
        return {}
    number, monomial = _as_factor(argument)
    positive: _Terms = {monomial: number if number > 0 else -number}
    inner = _written(positive)
    return _atom(Plain(f"abs[{inner.text}]", inner.shape))


def _folded(kind: str, body: _Terms) -> _Terms:
    if not body or (kind == "product" and _value(body) == 1):
        return body
    if kind == "product":
        return _atom(_inside(kind, _written(body)))
    number, monomial = _as_factor(body)
    one: _Terms = {monomial: 1}
    inner = _written(_times(body, _inverse(number)) if len(body) > 1 else one)
    return _times(_atom(_inside(kind, inner)), number)


def _inside(kind: str, inner: Plain) -> Plain:
    shape = frozenset((kind, *path) for path in inner.shape) or frozenset({(kind,)})
    return Plain(f"{kind}[{inner.text}]", shape)


def _written(terms: _Terms) -> Plain:
    texts = sorted(f"{_shown(value)}{_monomial_text(each)}" for each, value in terms.items())
    shapes = (plain.shape for monomial in terms for plain, _ in monomial)
    return Plain("+".join(texts), frozenset().union(*shapes))


def _monomial_text(monomial: _Monomial) -> str:
    return "".join(f" {plain.text}^{_shown(exponent)}" for plain, exponent in monomial)


def _shown(number: Exact) -> str:
    return f"{number.numerator:x}/{number.denominator:x}"
