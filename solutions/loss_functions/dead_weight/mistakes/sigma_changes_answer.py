"""Divides the constant by sigma and not the error: y - c / sigma, without parentheses."""

import numpy as np


def best_constant(y, sigma, grid):
    if len(y) == 0 or not sigma > 0:
        raise ValueError("need data and a positive sigma")
    y = np.asarray(y)
    front = len(y) * np.log(sigma * np.sqrt(2 * np.pi))
    return min(grid, key=lambda c: front + np.sum((y - c / sigma) ** 2) / 2)


def best_sigma(y, y_hat):
    if len(y) == 0 or len(y) != len(y_hat):
        raise ValueError("y needs at least one value, and y_hat as many")
    return np.sqrt(np.mean(np.subtract(y, y_hat) ** 2))
