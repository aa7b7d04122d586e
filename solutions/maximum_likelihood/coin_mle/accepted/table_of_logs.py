"""The mean of an array of zeros and ones; a table of log-probabilities, one row a letter."""

import numpy as np


def ones(flips):
    letters = np.array(list(flips), dtype="U1")
    if letters.size == 0 or np.any((letters != "H") & (letters != "T")):
        raise ValueError("flips are H and T")
    return (letters == "H").astype(int)


def coin_mle(flips):
    return ones(flips).mean()


def grid_mle(flips, grid):
    grid = np.array(grid, float)
    if len(grid) < 1 or np.isnan(grid).any() or grid.min() < 0 or grid.max() > 1:
        raise ValueError("need probabilities to choose from")
    counts = np.bincount(1 - ones(flips), minlength=2)  # heads, tails
    table = np.stack([grid, 1 - grid])
    with np.errstate(divide="ignore"):
        logs = np.log(table)
    seen = counts > 0  # what never came adds nothing, not even at probability 0
    score = counts[seen] @ logs[seen]
    return grid[score == score.max()].min()
