"""Kullback-Leibler divergence, and a pair of distributions that shows its asymmetry.

References
----------
S. Kullback and R. A. Leibler, "On Information and Sufficiency", Annals of Mathematical
Statistics 22 (1951), pp. 79-86: the mean log-ratio, which they call I(1:2).
"""

import numpy as np


def is_distribution(values):
    """Say whether a value is a sequence of probabilities that sum to 1 within 1e-9."""
    try:
        values = np.asarray(values)
    except ValueError:  # rows of different lengths
        return False
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        return False
    return bool(np.all(values >= 0) and abs(np.sum(values) - 1) <= 1e-9)  # NaN fails both


def kl(p, q):
    """Return the divergence of q from p, sum of p log(p / q).

    Parameters
    ----------
    p, q : array_like, shape (n,)
        Distributions over the same outcomes [-].

    Returns
    -------
    float
        Divergence [nat]; inf where p allows an outcome that q does not.

    Raises
    ------
    ValueError
        One of them is not a distribution, or they differ in length.
    """
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    if not (is_distribution(p) and is_distribution(q) and p.shape == q.shape):
        raise ValueError("p and q must be distributions over the same outcomes")
    possible = p > 0  # what cannot happen adds nothing: 0 log 0 is 0
    if np.any(q[possible] == 0):
        return np.inf
    return float(np.sum(p[possible] * np.log(p[possible] / q[possible])))


witness = ([0.5, 0.5], [0.9, 0.1])
