"""Maximum-likelihood estimate of a coin, by its formula and by search."""

import math


def coin_mle(flips):
    """Return the share of heads, where the likelihood has its maximum.

    Parameters
    ----------
    flips : str
        Letters H and T, at least one.

    Returns
    -------
    float
        Probability of heads [-].

    Raises
    ------
    ValueError
        There is no flip, or another letter.
    """
    heads, tails = _counts(flips)
    return heads / (heads + tails)


def grid_mle(flips, grid):
    """Return the number of the grid with the highest likelihood; of equal ones the smallest.

    Parameters
    ----------
    flips : str
        Letters H and T, at least one.
    grid : array_like, shape (m,)
        Probabilities of heads [-].

    Returns
    -------
    float
        Probability of heads [-].

    Raises
    ------
    ValueError
        There is no flip, another letter, an empty grid, or a number that is no probability.
    """
    heads, tails = _counts(flips)
    if not all(0 <= p <= 1 for p in grid):  # NaN is not
        raise ValueError("the grid must hold probabilities")

    def log_likelihood(p):
        pairs = (heads, p), (tails, 1 - p)
        return sum(count * _log(q) for count, q in pairs if count > 0)

    return max(sorted(grid), key=log_likelihood)  # the first of equal ones; ValueError of none


def _counts(flips):
    if not flips or not set(flips) <= {"H", "T"}:
        raise ValueError("flips must be a text of the letters H and T, at least one")
    return flips.count("H"), flips.count("T")


def _log(probability):
    return math.log(probability) if probability > 0 else -math.inf
