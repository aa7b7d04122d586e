"""The rule for close numbers: ``|actual - expected| <= atol + rtol * |expected|``.

An infinity equals the infinity of its sign, NaN equals nothing unless the author says so, and
nothing is broadcast: `judge_numbers` takes two arrays of the same shape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

_EXACT_INT = 2**53
_LOW, _HIGH = 1e-280, 1e300


class Tolerance(BaseModel):
    """Accepted error of an answer.

    `atol` is 0 unless an author sets it: with any other default, any likelihood near zero would
    pass.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    rtol: float = Field(
        default=1e-6,
        ge=0,
        lt=1,
        strict=True,
        allow_inf_nan=False,
        description="Accepted error relative to the expected value; below 1.",
    )
    atol: float = Field(
        default=0.0,
        ge=0,
        strict=True,
        allow_inf_nan=False,
        description="Accepted absolute error; must be smaller than any nonzero expected value.",
    )
    nan_equal: bool = Field(
        default=False, strict=True, description="Whether nan is right if nan is expected."
    )


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of numbers; inf if undefined, never NaN.

    Attributes
    ----------
    absolute, relative, severity : ndarray, shape (n,)
        The error; the error divided by the expected number, and by the allowed error.
    """

    absolute: np.ndarray
    relative: np.ndarray
    severity: np.ndarray


def needs_exact(number: complex) -> bool:
    """Return whether `number` is an int that a float may not represent exactly."""
    return isinstance(number, int) and abs(number) > _EXACT_INT


def judge_exactly(actual: complex, expected: complex, tolerance: Tolerance) -> bool:
    """Apply the rule in exact arithmetic, for ints that floats cannot represent."""
    if isinstance(actual, complex) or isinstance(expected, complex):
        return False
    if not all(isinstance(number, int) or math.isfinite(number) for number in (actual, expected)):
        return False
    error = abs(Fraction(actual) - Fraction(expected))
    return error <= Fraction(tolerance.atol) + Fraction(tolerance.rtol) * abs(Fraction(expected))


def is_plain(actual: object, expected: object) -> bool:
    """Return whether both are floats for which the rule cannot overflow or underflow.

    This covers most numbers, in a tenth of the time that an array takes.
    """
    if type(actual) is not float or type(expected) is not float:
        return False
    return _LOW < abs(expected) < _HIGH and abs(actual) < _HIGH


def judge_numbers(
    actual: np.ndarray,
    expected: np.ndarray,
    tolerance: Tolerance,
    slack: np.ndarray | None = None,
) -> np.ndarray:
    """Apply the rule to each number.

    Parameters
    ----------
    actual, expected : ndarray, shape (n,)
        Real or complex numbers.
    tolerance : Tolerance
        Accepted error.
    slack : ndarray or None, shape (n,)
        Rounding error of each number.

    Returns
    -------
    ndarray of bool, shape (n,)
        Whether each is close enough.
    """
    if actual.shape != expected.shape:
        raise ValueError(f"shapes differ: {actual.shape} and {expected.shape}")
    with np.errstate(all="ignore"):
        actual, expected = _widened(actual, expected)
        close = _close(actual, expected, tolerance)
        return close if slack is None else close | (np.abs(actual - expected) <= slack)


def measure_errors(
    actual: np.ndarray,
    expected: np.ndarray,
    tolerance: Tolerance,
    slack: np.ndarray | float = 0.0,
) -> Errors:
    """Measure how far each number is off; the arguments are those of `judge_numbers`.

    `slack` is the rounding error of each; a number within it counts as 0 and has no relative error.
    """
    with np.errstate(all="ignore"):
        actual, expected = _widened(actual, expected)
        absolute = np.abs(actual - expected)
        size = np.abs(expected)
        relative = np.where((slack > 0) & (size <= slack), np.inf, absolute / size)
        allowed = np.maximum(tolerance.atol + tolerance.rtol * size, slack)
        severity = absolute / allowed
    unsized = ~np.isfinite(actual) | ~np.isfinite(expected)
    return Errors(
        *(np.where(unsized | np.isnan(e), np.inf, e) for e in (absolute, relative, severity))
    )


def _widened(actual: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    wide = complex if "c" in (actual.dtype.kind, expected.dtype.kind) else float
    return actual.astype(wide), expected.astype(wide)


def _close(actual: np.ndarray, expected: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    largest = np.maximum(np.abs(actual), np.abs(expected))
    # Near the ends of float64 the rule itself would overflow (1e308 against -1e308), or be rounded
    # away (0.9 * 5e-324 rounds back to 5e-324): both sides are scaled by a power of two first.
    scale = np.where(largest > _HIGH, 2.0**-4, np.where(largest < _LOW, 2.0**200, 1.0))
    error = np.abs(actual * scale - expected * scale)
    allowed = tolerance.atol * scale + tolerance.rtol * np.abs(expected * scale)
    close = (error <= allowed) & np.isfinite(actual) & np.isfinite(expected)
    close |= actual == expected  # inf of the same sign
    if tolerance.nan_equal:
        close |= np.isnan(actual) & np.isnan(expected)
    return np.asarray(close)
