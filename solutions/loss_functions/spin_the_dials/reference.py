"""The slopes of the mean normal NLL by mu and log sigma, and the descent to where they vanish.

References
----------
C. M. Bishop, "Pattern Recognition and Machine Learning" (Springer, 2006), section 1.2.4, equations
(1.54) to (1.56).
S. Amari, "Natural gradient works efficiently in learning", Neural Computation 10 (1998), 251-276:
a step against the slope, divided by the Fisher information, which is 1 / sigma**2 for mu and 2 for
log sigma.
"""

import numpy as np


def nll_gradient(eps, mu, log_sigma):
    """Return the slopes of log sigma + mean((eps - mu)**2) / (2 sigma**2).

    Parameters
    ----------
    eps : array_like, shape (n,)
        Shots.
    mu : float
        Mean, in the unit of `eps`.
    log_sigma : float
        Logarithm of the standard deviation.

    Returns
    -------
    ndarray, shape (2,)
        By mu and by log sigma.

    Raises
    ------
    ValueError
        There is no shot.
    """
    if len(eps) == 0:
        raise ValueError("nll_gradient needs at least one shot")
    sigma = np.exp(log_sigma)
    z = (np.asarray(eps, dtype=float) - mu) / sigma
    return np.array([-np.mean(z) / sigma, 1 - np.mean(z**2)])


def fit_normal(eps):
    """Return mean and standard deviation, found by natural gradient descent.

    The first step brings mu to the mean. Log sigma starts at that of the range, which is too large;
    from there every step is too short rather than too long, and the last ones square the error.

    Raises
    ------
    ValueError
        There are not two different shots.
    """
    if len(set(eps)) < 2:
        raise ValueError("fit_normal needs two different shots")
    mu, log_sigma = eps[0], np.log(np.ptp(eps))
    for _ in range(20):
        by_mu, by_log_sigma = nll_gradient(eps, mu, log_sigma)
        mu, log_sigma = mu - np.exp(2 * log_sigma) * by_mu, log_sigma - by_log_sigma / 2
    return mu, np.exp(log_sigma)
