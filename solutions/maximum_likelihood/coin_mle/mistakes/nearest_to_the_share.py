"""Takes the nearest of the possible candidates for the likeliest."""

import numpy as np


def coin_mle(flips):
    heads, tails = heads_and_tails(flips)
    return heads / (heads + tails)


def grid_mle(flips, grid):
    heads, tails = heads_and_tails(flips)
    grid = sorted_grid(grid)
    impossible = ((grid == 0) & (heads > 0)) | ((grid == 1) & (tails > 0))
    distance = np.where(impossible, 2.0, np.abs(grid - heads / (heads + tails)))
    return grid[np.argmin(distance)]


def heads_and_tails(flips):
    if not flips or not set(flips) <= {"H", "T"}:
        raise ValueError("flips must be a text of the letters H and T, at least one")
    return flips.count("H"), flips.count("T")


def sorted_grid(grid):
    grid = np.sort(np.asarray(grid, dtype=float))
    if grid.size == 0 or not np.all((grid >= 0) & (grid <= 1)):
        raise ValueError("the grid must hold probabilities, at least one")
    return grid
