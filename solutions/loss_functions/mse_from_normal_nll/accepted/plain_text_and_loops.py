"""Plain text, from the negative log-likelihood; loops and math instead of arrays."""

import math

derivation = """
-log(prod(1 / (sigma * sqrt(2 * pi)) * exp(-(y_i - y_hat_i)**2 / (2 * sigma**2))))
= -sum(log(1 / (sigma * sqrt(2 * pi))) - (y_i - y_hat_i)**2 / (2 * sigma**2))
= n * log(sigma * sqrt(2 * pi)) + sum((y_i - y_hat_i)**2) / (2 * sigma**2)
~ sum((y_i - y_hat_i)**2) / (2 * sigma**2)   # the first term holds no prediction
~ sum((y_i - y_hat_i)**2) / n                # times 2 sigma^2 / n, which is positive
"""


def mse(y, y_hat):
    if len(y) == 0 or len(y) != len(y_hat):
        raise ValueError("as many predictions as values, please, and at least one")
    total = 0.0
    for a, b in zip(y, y_hat):
        total += (a - b) ** 2
    return total / len(y)


def nll_scale(n, sigma):
    if n < 1 or sigma <= 0:
        raise ValueError("n must be at least 1 and sigma positive")
    return 0.5 * n / sigma / sigma


def nll_offset(n, sigma):
    if n < 1 or sigma <= 0:
        raise ValueError("n must be at least 1 and sigma positive")
    return n * math.log(sigma) + n / 2 * math.log(2 * math.pi)
