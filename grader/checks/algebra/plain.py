r"""The plain form of a formula: what is left when it is written down in one fixed way.

Two lines with the same plain form are one line, written twice. A plain form undoes what changes
only the spelling, and nothing that a reader would call a step:

- order of terms and factors, brackets, signs (``-(-a)``, ``(a - b)^2`` for ``(b - a)^2``);
- arithmetic of plain numbers (``2/2``, ``1/2 + 1/2``), also taken in or out of a bracket or sum;
- terms and factors that do nothing or cancel (``+ 0``, ``* 1``, ``a - a``, ``a/a``, ``a^1``,
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
    sign_of,
)

__all__ = ["Plain", "plain_form"]

_MOST_BITS = 512
_ONE = Fraction(1)
_HALF = Fraction(1, 2)

Path: TypeAlias = tuple[str, ...]
"""Which of sum, product and log stand in each other, the outermost first."""


@dataclass(frozen=True, slots=True)
class Plain:
    """What identifies a formula, however it is written.

    Attributes
    ----------
    text : str
        The same for formulas that are one line, written twice. For comparing, not for reading.
    shape : frozenset of tuple of str
        For each sum, product and logarithm that holds no other: what it stands in, and itself. So
        ``sum(log(a)) + log(b)`` has the shape ``{("sum", "log"), ("log",)}``.
    """

    text: str
    shape: frozenset[Path] = frozenset()


_Monomial: TypeAlias = tuple[tuple[Plain, Fraction], ...]
"""Factors with their exponents, in the order of their texts."""
_Terms: TypeAlias = Mapping[_Monomial, Fraction]
"""Terms, each with the number before it, which is not 0."""


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
            return _times(of(part), Fraction(-1))
        case Product(factors):
            return functools.reduce(_multiplied, map(of, factors))
        case Quotient(over, under):
            return _multiplied(of(over), _raised(of(under), Fraction(-1)))
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
            return of(argument) if sign_of(argument) == 1 else _absolute(of(argument))


def _leaf(node: Number | Scalar | Element, indices: tuple[str, ...]) -> _Terms:
    match node:
        case Number(value):
            return _number(Fraction(value))
        case Scalar(name):
            return _exponential(_number(_ONE)) if name == "e" else _atom(Plain(name))
        case Element(name, index):
            place = len(indices) - 1 - indices[::-1].index(index)
            return _atom(Plain(f"{name}_{place}"))


def _number(value: Fraction) -> _Terms:
    return {(): value} if value else {}


def _atom(plain: Plain, exponent: Fraction = _ONE) -> _Terms:
    return {((plain, exponent),): _ONE}


def _value(terms: _Terms) -> Fraction | None:
    """Return the number that terms are; None if they are more."""
    if not terms:
        return Fraction(0)
    return terms.get(()) if len(terms) == 1 else None


def _times(terms: _Terms, number: Fraction) -> _Terms:
    return {monomial: value * number for monomial, value in terms.items()} if number else {}


def _added(many: Iterable[_Terms]) -> _Terms:
    total: dict[_Monomial, Fraction] = {}
    for terms in many:
        for monomial, value in terms.items():
            total[monomial] = total.get(monomial, Fraction(0)) + value
    return {monomial: value for monomial, value in total.items() if value}


def _multiplied(one: _Terms, other: _Terms) -> _Terms:
    for number, terms in ((_value(one), other), (_value(other), one)):
        if number is not None:
            return _times(terms, number)
    (first, factors), (second, more) = _as_factor(one), _as_factor(other)
    return {_joined(factors, more): first * second}


def _joined(*monomials: _Monomial) -> _Monomial:
    exponents: dict[Plain, Fraction] = {}
    for monomial in monomials:
        for plain, exponent in monomial:
            exponents[plain] = exponents.get(plain, Fraction(0)) + exponent
    kept = ((plain, exponent) for plain, exponent in exponents.items() if exponent)
    return tuple(sorted(kept, key=lambda factor: factor[0].text))


def _as_factor(terms: _Terms) -> tuple[Fraction, _Monomial]:
    """Return one number and one monomial; a bracket of terms begins with the number 1."""
    if len(terms) == 1:
        ((monomial, value),) = terms.items()
        return value, monomial
    lead = terms[min(terms, key=_monomial_text)]
    bracket = _written(_times(terms, 1 / lead))
    return lead, ((Plain(f"({bracket.text})", bracket.shape), _ONE),)


def _raised(terms: _Terms, power: Fraction) -> _Terms:
    value = _value(terms)
    if value == 1 or power == 1:
        return terms
    if power.denominator == 1 and terms:
        number, monomial = _as_factor(terms)
        raised = tuple((plain, exponent * power) for plain, exponent in monomial)
        return _multiplied(_number_raised(number, power.numerator), {raised: _ONE})
    if len(terms) == 1:
        ((monomial, number),) = terms.items()
        if number == 1 and len(monomial) == 1 and monomial[0][1] == 1:
            return _atom(monomial[0][0], power)
    inner = _written(terms)
    return _atom(Plain(f"[{inner.text}]", inner.shape), power)


def _number_raised(number: Fraction, power: int) -> _Terms:
    bits = max(number.numerator.bit_length(), number.denominator.bit_length())
    if bits * abs(power) > _MOST_BITS:
        return _atom(Plain(f"[{_shown(number)}]"), Fraction(power))
    return _number(number**power)


def _power(base: _Terms, exponent: _Terms) -> _Terms:
    power = _value(exponent)
    if power is not None:
        return _raised(base, power) if power else _number(_ONE)
    if _value(base) == 1:
        return base
    sign = -1 if min(exponent.items(), key=lambda term: _monomial_text(term[0]))[1] < 0 else 1
    under, over = _written(base), _written(_times(exponent, Fraction(sign)))
    plain = Plain(f"[{under.text}]^[{over.text}]", under.shape | over.shape)
    return _atom(plain, Fraction(sign))


def _exponential(exponent: _Terms) -> _Terms:
    if not exponent:
        return _number(_ONE)
    inner = _written(exponent)
    return _atom(Plain(f"exp[{inner.text}]", inner.shape))


def _logarithm(argument: _Terms) -> _Terms:
    if _value(argument) == 1:
        return {}
    if argument == _exponential(_number(_ONE)):
        return _number(_ONE)
    return _atom(_inside("log", _written(argument)))


def _absolute(argument: _Terms) -> _Terms:
    number, monomial = _as_factor(argument) if argument else (_ONE, ())
    inner = _written({monomial: abs(number)})
    return _atom(Plain(f"abs[{inner.text}]", inner.shape)) if argument else {}


def _folded(kind: str, body: _Terms) -> _Terms:
    if kind == "product" or not body:
        return body if _value(body) == 1 or not body else _atom(_inside(kind, _written(body)))
    number, monomial = _as_factor(body)
    inner = _written(_times(body, 1 / number) if len(body) > 1 else {monomial: _ONE})
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


def _shown(number: Fraction) -> str:
    return f"{number.numerator:x}/{number.denominator:x}"
