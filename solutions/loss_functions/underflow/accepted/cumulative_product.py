"""`np.cumprod`, which multiplies one factor after another, and numpy's logarithm."""

import numpy as np


def factors_until_zero(p):
    if np.isnan(p) or p < 0 or p > 1:
        raise ValueError(f"not from 0 to 1: {p}")
    products = np.cumprod(np.full(1100, float(p)))
    if products[-1] > 0:
        return None
    return np.argmin(products) + 1


def log_of_power(base, exponent):
    if np.isnan(base) or base <= 0:
        raise ValueError(f"not positive: {base}")
    return np.log(base) * exponent


def larger_power(a, b):
    difference = log_of_power(*a) - log_of_power(*b)
    if abs(difference) <= 1e-12 * max(abs(log_of_power(*a)), abs(log_of_power(*b))):
        return "equal"
    return ["first", "second"][int(difference < 0)]
