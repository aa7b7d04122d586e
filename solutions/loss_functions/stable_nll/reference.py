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


def winners(eps, mu, sigmas):
    """Return which sigma explains the shots best, by the product of densities and by its logarithm.

    Parameters
    ----------
    eps : array_like, shape (n,)
        Shots.
    mu : float
        Mean.
    sigmas : array_like, shape (m,)
        Standard deviations to choose from.

    Returns
    -------
    by_product : int or None
        Index of the largest product; None where all are 0.0.
    by_sum : int
        Index of the smallest `normal_nll`.

    Raises
    ------
    ValueError
        There is no shot or no sigma, or a sigma is not positive.
    """
    losses = [normal_nll(eps, mu, sigma) for sigma in sigmas]
    products = [np.prod(_densities(np.asarray(eps), mu, sigma)) for sigma in sigmas]
    by_sum = int(np.argmin(losses))  # ValueError if there is none
    return (int(np.argmax(products)) if max(products) > 0 else None), by_sum


def _densities(eps, mu, sigma):
    return np.exp(-(((eps - mu) / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))


def exact_normal_nll(eps, mu, sigma):
    """Return the same to 50 digits: the squares are summed as fractions, without any rounding."""
    sigma = Fraction(float(sigma))
    squares = _sum_of_squares(eps, mu) / (2 * sigma**2)
    with mpmath.workdps(50):
        front = len(eps) * mpmath.log(_to_mpf(sigma) * mpmath.sqrt(2 * mpmath.pi))
        return front + _to_mpf(squares)


def _sum_of_squares(eps, mu):
    # Every float is a whole number of 53 bits times a power of two, so that the shots of one power
    # sum up as integers. A million take a twentieth of a second, where mpmath takes half a minute.
    fractions, powers = np.frexp(np.asarray(eps, dtype=float))
    whole = np.ldexp(fractions, 53).astype(np.int64)
    mu = Fraction(float(mu))
    total = len(whole) * mu**2
    for power in np.unique(powers):
        unit = Fraction(2) ** (int(power) - 53)
        pieces = _pieces_of_18_bits(whole[powers == power])
        shots = sum(int(np.sum(piece)) << low for low, piece in pieces)
        squares = sum(int(one @ two) << (i + j) for i, one in pieces for j, two in pieces)
        total += squares * unit**2 - 2 * mu * shots * unit
    return total


def _pieces_of_18_bits(whole):
    # A million products of two such pieces, unlike those of the numbers, fit into 64 bits.
    mask = 2**18 - 1
    return [(0, whole & mask), (18, whole >> 18 & mask), (36, whole >> 36)]


def _to_mpf(fraction):
    return mpmath.mpf(fraction.numerator) / fraction.denominator
