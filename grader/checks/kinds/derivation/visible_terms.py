"""Rules that keep a term or a power from being too small to have a visible effect."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, getcontext

from grader.checks.kinds.derivation.error_bounds import UP, LostDigits, Measured

_ZERO, _ONE = Decimal(0), Decimal(1)
_SEEN_DIGITS = 20
"""Digits of a term that must remain next to the largest term of its sum."""


def require_visible(terms: Sequence[Measured]) -> None:
    """Refuse a sum with a term too small compared with another to have an effect.

    Without this, any term multiplied by ``10^-60`` could be added to a line.

    Raises
    ------
    LostDigits
        Fewer than 20 digits of a term are left in the sum.
    """
    sizes = [list(map(Decimal.adjusted, term.values)) for term in terms]
    if max(map(max, sizes)) - min(map(min, sizes)) <= _hidden_below():
        return
    for at in range(len(sizes[0])):
        known = [size[at] for size, term in zip(sizes, terms, strict=True) if _is_not_0(term, at)]
        if known and max(known) - min(known) > _hidden_below():
            raise LostDigits


def require_visible_power(exponent: Measured, base: Measured | None = None) -> None:
    """Refuse a power too close to 1 to be distinguished from it; the default base is e.

    Raises
    ------
    LostDigits
        Fewer than 20 digits of the power's logarithm remain next to 1.
    """
    least = min(map(Decimal.adjusted, exponent.values))
    # The base itself differs visibly from 1; an exponent of 1 or more brings it no nearer.
    if least >= (-_hidden_below() if base is None else 0):
        return
    for at, power in enumerate(exponent.values):
        if not _is_not_0(exponent, at):
            continue
        shift = power if base is None else _logarithm_of_power(base, power, at)
        if shift and shift.adjusted() < -_hidden_below():
            raise LostDigits


def _logarithm_of_power(base: Measured, power: Decimal, at: int) -> Decimal:
    """Return the approximate logarithm of a power; 0 if the base may be 1 or is not positive."""
    number = base.values[at]
    away = UP.subtract(number, _ONE).copy_abs()
    if number <= 0 or away <= (base.errors[at] if base.errors else _ZERO):
        return _ZERO
    return UP.multiply(power, UP.ln(number))


def _hidden_below() -> int:
    return getcontext().prec - _SEEN_DIGITS


def _is_not_0(measured: Measured, at: int) -> bool:
    value, errors = measured.values[at], measured.errors
    return value.copy_abs() > errors[at] if errors else bool(value)
