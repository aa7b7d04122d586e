"""The squares about c are those about the mean and n (c - mean)^2: the nearest to the mean wins."""

from math import dist, sqrt
from statistics import fmean

import numpy as np


def best_constant(y, sigma, grid):
    if len(y) == 0 or len(grid) == 0:
        raise ValueError("need data and candidates")
    if not sigma > 0:
        raise ValueError(f"sigma is {sigma}")
    mean = fmean(y)
    distances = [abs(c - mean) for c in grid]
    return grid[distances.index(min(distances))]


def best_sigma(y, y_hat):
    if len(y) == 0:
        raise ValueError("no data")
    return np.asarray(dist(y, y_hat) / sqrt(len(y)))  # dist refuses two lengths itself
