"""Negative log-likelihood of independent normal shots, safe from underflow."""

from fractions import Fraction

import mpmath
import numpy as np


def normal_nll(eps, mu, sigma):
    """Return minus the log-likelihood of all shots: n log(sigma sqrt(2 pi)) + sum(z**2) / 2.

    Parameters
    ----------
    eps : array_like, shape (n,)
        Shots.
    mu, sigma : float
        Mean and standard deviation of the normal distribution, in the unit of `eps`.

    Returns
    -------
    float
        Negative log-likelihood [nat].

    Raises
    ------
    ValueError
        There is no shot, or `sigma` is not positive.
    """
    eps = np.asarray(eps, dtype=float)
    if eps.size == 0 or not sigma > 0:
        raise ValueError("normal_nll needs at least one shot and a positive sigma")
    z = (eps - mu) / sigma
    return float(eps.size * np.log(sigma * np.sqrt(2 * np.pi)) + np.sum(z**2) / 2)


def exact_normal_nll(eps, mu, sigma):
    """Return the same to 50 digits: the squares are summed as fractions, without any rounding."""
    sigma = Fraction(float(sigma))
    squares = _sum_of_squares(eps, mu) / (2 * sigma**2)
    with mpmath.workdps(50):
        front = len(eps) * mpmath.log(_to_mpf(sigma) * mpmath.sqrt(2 * mpmath.pi))
        return front + _to_mpf(squares)


def _sum_of_squares(eps, mu):
    # Every float is a whole number over a power of two. With one common denominator the sum is
    # one of integers: a million shots take half a second, where mpmath takes half a minute.
    ratios = [float(shot).as_integer_ratio() for shot in eps]
    top, bottom = float(mu).as_integer_ratio()
    common = max(bottom, *(below for _, below in ratios))
    centre = top * (common // bottom)
    total = sum((above * (common // below) - centre) ** 2 for above, below in ratios)
    return Fraction(total, common**2)


def _to_mpf(fraction):
    return mpmath.mpf(fraction.numerator) / fraction.denominator
