"""How soon a product of floats is 0, and powers compared by their logarithms."""

import math


def factors_until_zero(p):
    """Return after how many factors `p` the product of floats is exactly 0.0.

    Parameters
    ----------
    p : float
        A factor from 0 to 1.

    Returns
    -------
    int or None
        None for `p` above 0.5: half of 2**-1074, the smallest positive float, is rounded to 0 (a
        tie goes to the even neighbour), and more than half of it is rounded back to it.

    Raises
    ------
    ValueError
        `p` is not from 0 to 1.
    """
    if not 0 <= p <= 1:
        raise ValueError("factors_until_zero needs a factor from 0 to 1")
    if p > 0.5:
        return None
    count, product = 0, 1.0
    while product > 0:
        product *= p
        count += 1
    return count


def log_of_power(base, exponent):
    """Return log(base**exponent) = exponent * log(base).

    Raises
    ------
    ValueError
        `base` is not positive.
    """
    if not base > 0:
        raise ValueError("log_of_power needs a positive base")
    return exponent * math.log(base)


def larger_power(a, b):
    """Return "first", "second" or "equal", by the logarithms of both powers."""
    first, second = log_of_power(*a), log_of_power(*b)
    if math.isclose(first, second, rel_tol=1e-12):
        return "equal"
    return "first" if first > second else "second"
