"""Arithmetic with error bounds.

Each operation returns values and, for each, a bound of its absolute error: the growth of the
operands' errors (forward error analysis) plus its own rounding. The bounds have six digits and are
rounded up. Operations that are exact, as most are on data with six decimals, add no error: decimal
raises its flag ``Inexact`` only if digits are lost.

References
----------
N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed. (SIAM, 2002), chapters 3, 4.
"""

from __future__ import annotations

import decimal
import functools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, getcontext
from itertools import repeat
from typing import NamedTuple, TypeAlias

from grader.checks.kinds.derivation.functions import FUNCTIONS

UP = decimal.Context(
    prec=6,
    rounding=decimal.ROUND_UP,
    Emin=decimal.MIN_EMIN,
    Emax=decimal.MAX_EMAX,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
"""The context in which bounds are computed."""

DOWN = decimal.Context(prec=6, rounding=decimal.ROUND_DOWN, Emin=UP.Emin, Emax=UP.Emax)

_ZERO, _ONE, _TWO = Decimal(0), Decimal(1), Decimal(2)
_BEYOND = Decimal(10**9)
"""The exponential of half of this is out of range."""

_Values: TypeAlias = Sequence[Decimal]
_Errors: TypeAlias = Sequence[Decimal] | None
_Bounded: TypeAlias = tuple[Decimal, Decimal]
_Evaluate: TypeAlias = Callable[[Decimal], Decimal]


class LostDigits(Exception):  # noqa: N818 - a property of a formula, not a fault
    """Too many digits are lost to know a number, or whether it exists."""


class Measured(NamedTuple):
    """Computed values and bounds of their absolute errors, which are None if all are exact."""

    values: _Values
    errors: _Errors = None

    def at(self, places: Iterable[int]) -> Measured:
        """Return the values and errors at some places."""
        values, errors = self
        places = list(places)
        return Measured([values[at] for at in places], errors and [errors[at] for at in places])


def rounded(values: _Values, errors: _Errors = None, steps: int = 1) -> Measured:
    """Return values with inherited errors plus those of `steps` roundings.

    The flags of the current context show whether values were rounded at all; they are cleared.
    """
    context = getcontext()
    if not context.flags[decimal.Inexact]:
        return Measured(values, errors)
    context.clear_flags()
    own = map(UP.multiply, _sizes(values), repeat(steps * _unit(context.prec)))
    return Measured(values, list(own if errors is None else map(UP.add, own, errors)))


@functools.cache
def _unit(digits: int) -> Decimal:
    # Rounding to nearest is off by at most a quarter of this. The rest covers powers, which decimal
    # may round the wrong way, and products of errors.
    return Decimal((0, (2,), 1 - digits))


def _sizes(values: _Values) -> Iterator[Decimal]:
    return map(UP.abs, values)


def _both(one: _Errors, other: _Errors) -> _Errors:
    if one is None or other is None:
        return other if one is None else one
    return list(map(UP.add, one, other))


def _scaled(factors: _Values, errors: _Errors) -> _Errors:
    return errors and list(map(UP.multiply, _sizes(factors), errors))


def _added(one: Measured, other: Measured) -> Measured:
    values = list(map(operator.add, one.values, other.values))
    return rounded(values, _both(one.errors, other.errors))


def _multiplied(one: Measured, other: Measured) -> Measured:
    values = list(map(operator.mul, one.values, other.values))
    return rounded(values, _of_product(one, other))


def _of_product(one: Measured, other: Measured) -> _Errors:
    errors = _both(_scaled(other.values, one.errors), _scaled(one.values, other.errors))
    if errors is None or one.errors is None or other.errors is None:
        return errors
    return list(map(UP.fma, one.errors, other.errors, errors))


def _divided(over: Measured, under: Measured) -> Measured:
    if under.errors is not None and any(map(_hides, under.values, under.errors)):
        raise LostDigits
    values = list(map(operator.truediv, over.values, under.values))
    errors = _both(over.errors, _scaled(values, under.errors))
    # The true divisor is at least half of the computed one.
    least: Iterator[Decimal] = map(Decimal.copy_abs, under.values)
    if under.errors is not None:
        least = map(DOWN.subtract, least, under.errors)
    return rounded(values, errors and list(map(UP.divide, errors, least)))


def _hides(value: Decimal, error: Decimal) -> bool:
    """Return whether an error is more than half of a value."""
    return error > 0 and UP.multiply(error, _TWO) > value.copy_abs()


def _powers(base: Measured, exponent: Measured) -> Measured:
    if base.errors is None and exponent.errors is None:
        return rounded(list(map(_finite_power, base.values, exponent.values)))
    if exponent.errors is None and set(exponent.values) == {_TWO}:
        squares = list(map(operator.pow, base.values, exponent.values))
        return rounded(squares, _of_product(base, base))
    none = [_ZERO] * len(base.values)
    bases = zip(base.values, base.errors or none, strict=True)
    exponents = zip(exponent.values, exponent.errors or none, strict=True)
    values, errors = zip(*map(_power, bases, exponents), strict=True)
    return rounded(values, errors)


def _finite_power(number: Decimal, power: Decimal) -> Decimal:
    if not number and power < 0:  # decimal gives Infinity for 0 ** -1 and signals nothing
        raise decimal.DivisionByZero
    return number**power


def _power(base: _Bounded, exponent: _Bounded) -> _Bounded:
    (number, error), (power, power_error) = base, exponent
    if power == 1 and not power_error:
        return base
    if _hides(number, error):
        return _power_of_nearly_nothing(base, exponent)
    whole = power.to_integral_value()
    if power_error and number <= 0 and abs(power - whole) <= power_error:
        raise LostDigits  # a root of a negative number, or a whole power?
    if not number or not (error or power_error):
        return _finite_power(number, power), _ZERO
    # |log(1 + r)| <= 2 |r| for |r| of at most a half.
    change = UP.divide(UP.multiply(_TWO, error), number.copy_abs())
    share = UP.multiply(UP.add(UP.abs(power), power_error), change)
    if power_error and number > 0:
        share = UP.fma(UP.add(UP.abs(UP.ln(number)), _ONE), power_error, share)
    if share > 1:
        raise LostDigits
    value = number**power
    return value, _grown(value, share)


def _power_of_nearly_nothing(base: _Bounded, exponent: _Bounded) -> _Bounded:
    (number, error), (power, power_error) = base, exponent
    if power_error or power != power.to_integral_value() or not (power > 0 and error < 1):
        raise LostDigits
    largest = UP.power(UP.add(UP.abs(number), error), power)
    return number**power, UP.multiply(_TWO, largest)


def _grown(value: Decimal, share: Decimal) -> Decimal:
    """Bound the change of ``value * exp(s)`` for ``|s| <= share <= 1``."""
    return UP.multiply(UP.abs(value), UP.multiply(_TWO, share))


def _negated(one: Measured) -> Measured:
    return Measured(list(map(operator.neg, one.values)), one.errors)


OPERATIONS: Mapping[str, Callable[..., Measured]] = {
    "+": lambda *parts: functools.reduce(_added, parts),
    "*": lambda *parts: functools.reduce(_multiplied, parts),
    "/": _divided,
    "^": _powers,
    "-": _negated,
}
"""The operations, by sign."""


def applied(function: str, argument: Measured) -> Measured:
    """Return a function of each value."""
    evaluate, bound = FUNCTIONS[function], _BOUNDS[function]
    # Most arguments repeat: sigma is the same at many points.
    if argument.errors is None:
        values = {value: evaluate(value) for value in dict.fromkeys(argument.values)}
        return rounded([values[value] for value in argument.values])
    pairs = list(zip(argument.values, argument.errors, strict=True))
    known = {pair: bound(*pair, evaluate) for pair in dict.fromkeys(pairs)}
    found, errors = zip(*(known[pair] for pair in pairs), strict=True)
    return rounded(found, errors)


def _exp(value: Decimal, error: Decimal, evaluate: _Evaluate) -> _Bounded:
    if error > 1 and (_hides(value, error) or value.copy_abs() < _BEYOND):
        raise LostDigits
    found = evaluate(value)  # raises if it is out of range
    return found, _grown(found, error)


def _log(value: Decimal, error: Decimal, evaluate: _Evaluate) -> _Bounded:
    if value > -error and _hides(value, error):
        raise LostDigits
    return evaluate(value), UP.divide(UP.multiply(_TWO, error), value.copy_abs())


def _sqrt(value: Decimal, error: Decimal, evaluate: _Evaluate) -> _Bounded:
    if -error <= value < error:
        raise LostDigits
    found = evaluate(value)
    return found, UP.divide(UP.multiply(_TWO, error), found) if error else error


_BOUNDS: Mapping[str, Callable[[Decimal, Decimal, _Evaluate], _Bounded]] = {
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "abs": lambda value, error, evaluate: (evaluate(value), error),
}


def total(parts: Measured, runs: Sequence[slice]) -> Measured:
    """Return the sums of runs of values."""
    values = [sum(parts.values[run], _ZERO) for run in runs]
    errors = parts.errors
    context = getcontext()
    if context.flags[decimal.Inexact]:
        context.clear_flags()
        # Each partial sum is at most the sum of all sizes.
        longest = max(run.stop - run.start for run in runs)
        own = map(UP.multiply, _sizes(parts.values), repeat(longest * _unit(context.prec)))
        errors = list(own if errors is None else map(UP.add, own, errors))
    return Measured(values, errors and [functools.reduce(UP.add, errors[run]) for run in runs])


def product(parts: Measured, runs: Sequence[slice]) -> Measured:
    """Return the products of runs of values."""
    values = [math.prod(parts.values[run], start=_ONE) for run in runs]
    longest = max(run.stop - run.start for run in runs)
    errors = parts.errors and [_of_run(parts.values[run], parts.errors[run]) for run in runs]
    return rounded(values, errors, longest)


def _of_run(values: _Values, errors: _Values) -> Decimal:
    size, bound = _ONE, _ZERO
    for value, error in zip(_sizes(values), errors, strict=True):
        grown = UP.multiply(UP.add(value, error), bound)
        bound = UP.fma(size, error, grown)
        size = UP.multiply(size, value)
    return bound
