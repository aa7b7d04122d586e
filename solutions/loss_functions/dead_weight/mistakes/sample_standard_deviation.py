"""Takes the standard deviation of a sample, as pandas and the statistics module do."""

import numpy as np


def best_constant(y, sigma, grid):
    if len(y) == 0 or not sigma > 0:
        raise ValueError("need data and a positive sigma")
    return min(grid, key=lambda c: np.mean((np.asarray(y) - c) ** 2))


def best_sigma(y, y_hat):
    if len(y) == 0 or len(y) != len(y_hat):
        raise ValueError("y needs at least one value, and y_hat as many")
    errors = np.subtract(y, y_hat)
    with np.errstate(invalid="ignore"):
        squares = np.sum((errors - np.mean(errors)) ** 2)
        return np.sqrt(squares / np.subtract(len(y), 1.0))
