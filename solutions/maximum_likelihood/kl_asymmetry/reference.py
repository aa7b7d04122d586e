"""Kullback-Leibler divergence, and a pair of distributions that shows its asymmetry.

References
----------
S. Kullback and R. A. Leibler, "On Information and Sufficiency", Annals of Mathematical
Statistics 22 (1951), pp. 79-86: the mean log-ratio, which they call I(1:2).
"""

import numpy as np


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
    proper = all(np.all(d >= 0) and abs(np.sum(d) - 1) <= 1e-9 for d in (p, q))  # NaN is not
    if not (proper and p.shape == q.shape):
        raise ValueError("p and q must be distributions over the same outcomes")
    possible = p > 0  # what cannot happen adds nothing: 0 log 0 is 0
    with np.errstate(divide="ignore"):  # q may be 0 there, and log(p / 0) is inf as it should be
        return float(np.sum(p[possible] * np.log(p[possible] / q[possible])))


witness = ([0.5, 0.5], [0.9, 0.1])

kl_quiz = {
    "better": "p_broad",
    "dearest": 0.49 * np.log(24.5),  # 0.49 / 0.02 is 24.5
    "punished": "missing",
}
