"""Keeps the candidates a hundredth away from 0 and 1, so that no logarithm is infinite."""

import numpy as np


def coin_mle(flips):
    heads, tails = heads_and_tails(flips)
    return heads / (heads + tails)


def grid_mle(flips, grid):
    heads, tails = heads_and_tails(flips)
    grid = sorted_grid(grid)
    clipped = np.clip(grid, 0.01, 0.99)
    score = heads * np.log(clipped) + tails * np.log(1 - clipped)
    return grid[np.argmax(score)]


def heads_and_tails(flips):
    if not flips or not set(flips) <= {"H", "T"}:
        raise ValueError("flips must be a text of the letters H and T, at least one")
    return flips.count("H"), flips.count("T")


def sorted_grid(grid):
    grid = np.sort(np.asarray(grid, dtype=float))
    if grid.size == 0 or not np.all((grid >= 0) & (grid <= 1)):
        raise ValueError("the grid must hold probabilities, at least one")
    return grid
