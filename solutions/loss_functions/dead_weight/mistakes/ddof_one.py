"""Divides the sum of squares by n - 1."""

import numpy as np


def best_constant(y, sigma, grid):
    if len(y) == 0 or not sigma > 0:
        raise ValueError("need data and a positive sigma")
    return min(grid, key=lambda c: np.mean((np.asarray(y) - c) ** 2))


def best_sigma(y, y_hat):
    if len(y) == 0 or len(y) != len(y_hat):
        raise ValueError("y needs at least one value, and y_hat as many")
    with np.errstate(divide="ignore"):
        return np.sqrt(np.sum(np.subtract(y, y_hat) ** 2) / np.subtract(len(y), 1.0))
