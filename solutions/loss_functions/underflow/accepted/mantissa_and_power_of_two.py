"""numpy floats all along, and the logarithm of the base from its mantissa and its power of two."""

import math

import numpy as np


def factors_until_zero(p):
    if not (0.0 <= p and p <= 1.0):
        raise ValueError("not a factor")
    smallest = np.nextafter(0.0, 1.0)
    if smallest * p != 0.0:
        return None
    product, factors = np.float64(1.0), np.int64(0)
    while product:
        product = product * p
        factors += 1
    return factors


def log_of_power(base, exponent):
    if not base > 0:
        raise ValueError("no logarithm")
    mantissa, power = math.frexp(base)
    return exponent * (math.log(mantissa) + power * math.log(2))


def larger_power(a, b):
    one, other = log_of_power(*a), log_of_power(*b)
    if np.isclose(one, other, rtol=1e-12, atol=0):
        return "equal"
    return "first" if one > other else "second"
