"""Takes the logarithm of a power that is 0.0 or inf by then."""

import numpy as np


def factors_until_zero(p):
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
    if not base > 0:
        raise ValueError("log_of_power needs a positive base")
    with np.errstate(all="ignore"):
        return np.log(np.power(float(base), exponent))


def larger_power(a, b):
    with np.errstate(all="ignore"):
        first, second = np.power(float(a[0]), a[1]), np.power(float(b[0]), b[1])
    if np.isclose(first, second, rtol=1e-12, atol=0):
        return "equal"
    return "first" if first > second else "second"
