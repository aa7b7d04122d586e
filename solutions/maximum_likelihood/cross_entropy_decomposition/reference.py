"""Entropy and cross-entropy, and the model that comes closest; `kl` is that of `kl_asymmetry`."""

import numpy as np


def entropy(p):
    """Return the entropy of a distribution, - sum of p log p.

    Parameters
    ----------
    p : array_like, shape (n,)
        Distribution [-].

    Returns
    -------
    float
        Entropy [nat].

    Raises
    ------
    ValueError
        `p` is not a distribution.
    """
    p = np.asarray(p)
    if not (np.all(p >= 0) and abs(np.sum(p) - 1) <= 1e-9):  # NaN fails every comparison
        raise ValueError("p must be a distribution")
    possible = p[p > 0]
    return -np.sum(possible * np.log(possible))


def cross_entropy(p, q):
    """Return the mean cost of believing q where p is true [nat]; ValueError as `kl` has it."""
    return entropy(p) + kl(p, q)


def closest(p, candidates):
    """Return the index of the candidate, of shape (m, n), with the least cross-entropy from p."""
    return np.argmin([cross_entropy(p, q) for q in candidates])
