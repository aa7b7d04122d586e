"""Multiplies until the product is 0 or stays the same, for so long as it can ever reach 0."""

from itertools import count
from math import isnan, log2


def factors_until_zero(p):
    if isnan(p) or not (p >= 0 and p <= 1):
        raise ValueError("p must be from 0 to 1")
    product = 1.0
    for factors in count(1):
        before, product = product, product * p
        if product == 0.0:
            return factors
        if product == before or factors == 2000:
            return None


def log_of_power(base, exponent):
    if isnan(base) or base <= 0:
        raise ValueError("base must be positive")
    return log2(base) * exponent / log2(2.718281828459045)


def larger_power(a, b):
    (base_a, exponent_a), (base_b, exponent_b) = a, b
    for base in (base_a, base_b):
        if isnan(base) or base <= 0:
            raise ValueError("bases must be positive")
    one, other = exponent_a * log2(base_a), exponent_b * log2(base_b)
    if one == other or abs(one / other - 1) <= 1e-12:
        return "equal"
    if one < other:
        return "second"
    return "first"
