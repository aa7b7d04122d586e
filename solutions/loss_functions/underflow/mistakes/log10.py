"""Takes the logarithm to the base 10."""

import math


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
    return exponent * math.log10(base)


def larger_power(a, b):
    first, second = log_of_power(*a), log_of_power(*b)
    if math.isclose(first, second, rel_tol=1e-12):
        return "equal"
    return "first" if first > second else "second"
