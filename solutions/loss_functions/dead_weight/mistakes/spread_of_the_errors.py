"""Takes the standard deviation of the errors, which forgets how far off they are on average."""

import numpy as np


def best_constant(y, sigma, grid):
    if len(y) == 0 or not sigma > 0:
        raise ValueError("need data and a positive sigma")
    return min(grid, key=lambda c: np.mean((np.asarray(y) - c) ** 2))


def best_sigma(y, y_hat):
    if len(y) == 0 or len(y) != len(y_hat):
        raise ValueError("y needs at least one value, and y_hat as many")
    return np.std(np.subtract(y, y_hat))
