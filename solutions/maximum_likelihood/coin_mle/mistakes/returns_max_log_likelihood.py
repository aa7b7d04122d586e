"""Returns the best log-likelihood."""

import numpy as np


def coin_mle(flips):
    heads, tails = heads_and_tails(flips)
    return heads / (heads + tails)


def grid_mle(flips, grid):
    heads, tails = heads_and_tails(flips)
    grid = sorted_grid(grid)
    score = log_power(grid, heads) + log_power(1 - grid, tails)
    return np.max(score)


def heads_and_tails(flips):
    if not flips or not set(flips) <= {"H", "T"}:
        raise ValueError("flips must be a text of the letters H and T, at least one")
    return flips.count("H"), flips.count("T")


def sorted_grid(grid):
    grid = np.sort(np.asarray(grid, dtype=float))
    if grid.size == 0 or not np.all((grid >= 0) & (grid <= 1)):
        raise ValueError("the grid must hold probabilities, at least one")
    return grid


def log_power(probability, times):
    if times == 0:
        return np.zeros_like(probability)
    with np.errstate(divide="ignore"):
        return times * np.log(probability)
