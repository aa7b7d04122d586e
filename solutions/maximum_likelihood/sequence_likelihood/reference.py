"""Likelihood of a sequence of coin flips, and its logarithm."""

import math


def sequence_likelihood(flips, p):
    """Return p**heads * (1 - p)**tails, the probability of the flips in this order.

    Parameters
    ----------
    flips : str
        Letters H and T.
    p : float
        Probability of heads [-].

    Returns
    -------
    float
        Likelihood [-].

    Raises
    ------
    ValueError
        There is another letter, or `p` is no probability.
    """
    heads, tails = _checked_count(flips, p)
    return p**heads * (1 - p) ** tails


def sequence_log_likelihood(flips, p):
    """Return the natural logarithm of `sequence_likelihood`, safe from underflow."""
    heads, tails = _checked_count(flips, p)
    return _log_power(p, heads) + _log_power(1 - p, tails)


def _checked_count(flips, p):
    if not set(flips) <= {"H", "T"}:
        raise ValueError("flips must be a text of the letters H and T")
    if not 0 <= p <= 1:  # NaN is not
        raise ValueError("p must lie between 0 and 1")
    return flips.count("H"), flips.count("T")


def _log_power(probability, count):
    if count == 0:
        return 0.0  # also where the probability is 0: what never came adds nothing
    return count * math.log(probability) if probability > 0 else -math.inf
