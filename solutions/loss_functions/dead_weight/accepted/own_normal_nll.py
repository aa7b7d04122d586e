"""Asks `normal_nll` of the exercise before, and finds the best in a loop."""

import math


def best_constant(y, sigma, grid):
    best, lowest = None, math.inf
    for c in grid:
        errors = [value - c for value in y]
        loss = normal_nll(errors, 0.0, sigma)  # noqa: F821 - defined in stable_nll
        if loss < lowest:
            best, lowest = c, loss
    if best is None:
        raise ValueError("the grid is empty")
    return best


def best_sigma(y, y_hat):
    if len(y) != len(y_hat) or len(y) == 0:
        raise ValueError("y and y_hat must have one length")
    total = 0
    for value, prediction in zip(y, y_hat):
        total += (value - prediction) ** 2
    return math.sqrt(total / len(y))
