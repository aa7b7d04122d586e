"""Posterior of a coin: on a grid, and in closed form under a beta prior.

References
----------
C. M. Bishop, "Pattern Recognition and Machine Learning" (Springer, 2006), section 2.1.1, equation
(2.18): the posterior under a beta prior.
"""

import numpy as np


def grid_posterior(flips, grid, prior):
    """Return prior times likelihood of each candidate, divided by their sum.

    Parameters
    ----------
    flips : str
        Letters H and T.
    grid : array_like, shape (m,)
        Candidates for the probability of heads [-].
    prior : array_like, shape (m,)
        Weight of each candidate, not negative.

    Returns
    -------
    ndarray, shape (m,)
        Posterior probabilities [-].

    Raises
    ------
    ValueError
        The arguments are out of their domain, or nothing on the grid can give the flips.
    """
    heads, tails = _heads_and_tails(flips)
    grid, prior = np.asarray(grid), np.asarray(prior)
    if grid.shape != prior.shape or not np.all((grid >= 0) & (grid <= 1) & (prior >= 0)):
        raise ValueError("grid must hold probabilities, and prior one weight for each of them")
    with np.errstate(divide="ignore"):
        logs = np.log(prior) + _log_of_powers(grid, heads) + _log_of_powers(1 - grid, tails)
    top = np.max(logs)  # ValueError if there is none
    if top == -np.inf:
        raise ValueError("no candidate with a positive prior can give these flips")
    weights = np.exp(logs - top)  # the largest is 1, so they do not all underflow
    return weights / np.sum(weights)


def beta_posterior(flips, a, b):
    """Return the parameters (a + heads, b + tails) of the posterior under a Beta(a, b) prior.

    Raises
    ------
    ValueError
        There is another letter than H and T, or a parameter is not positive.
    """
    heads, tails = _heads_and_tails(flips)
    if not (a > 0 and b > 0):
        raise ValueError("the parameters of a beta distribution are positive")
    return a + heads, b + tails


def map_estimate(flips, a, b):
    """Return the mode of the beta posterior; ValueError where it has none between 0 and 1."""
    a, b = beta_posterior(flips, a, b)
    if not (a > 1 and b > 1):
        raise ValueError("the posterior has no peak between 0 and 1")
    return (a - 1) / (a + b - 2)


def _heads_and_tails(flips):
    if not set(flips) <= {"H", "T"}:
        raise ValueError("flips must be a text of the letters H and T")
    return flips.count("H"), flips.count("T")


def _log_of_powers(probability, count):
    # what never came adds nothing, also where the probability is 0
    return count * np.log(probability) if count > 0 else 0.0
