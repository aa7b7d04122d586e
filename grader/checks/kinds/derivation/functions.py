"""Arithmetic for formulas: decimal contexts, constants and functions.

Python's ``decimal`` (libmpdec) rounds logarithms, roots and exponentials correctly and bounds its
exponents, so a value out of range raises a signal at once.
"""

from __future__ import annotations

import decimal
import functools
from collections.abc import Callable, Mapping
from decimal import Decimal

_LARGEST_EXPONENT = 10**8
PI = Decimal(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482"
    "534211706798214808651328230664709384460955058223172535940812848111745"
)
E = Decimal(
    "2.71828182845904523536028747135266249775724709369995957496696762772407663035354759457138217"
    "852516642742746639193200305992181741359662904357290033429526059563074"
)


def arithmetic(digits: int) -> decimal.Context:
    """Return the context in which formulas are evaluated."""
    return _context(digits, _LARGEST_EXPONENT)


def comparing(digits: int) -> decimal.Context:
    """Return the context for comparing values, wide enough for products of them."""
    return _context(digits, 1000 * _LARGEST_EXPONENT)


@functools.cache
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


def _log(number: Decimal) -> Decimal:
    if number <= 0:  # decimal returns -Infinity for 0 and raises no signal
        raise decimal.InvalidOperation
    return number.ln()


FUNCTIONS: Mapping[str, Callable[[Decimal], Decimal]] = {
    "exp": Decimal.exp,
    "log": _log,
    "sqrt": Decimal.sqrt,
    "abs": abs,
}
