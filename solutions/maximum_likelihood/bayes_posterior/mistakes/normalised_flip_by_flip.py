"""Normalises after each flip, so that a candidate that is behind for long becomes 0."""

import numpy as np


def grid_posterior(flips, grid, prior):
    heads_tails(flips)
    grid, prior = np.asarray(grid), np.asarray(prior)
    if grid.shape != prior.shape or not np.all((grid >= 0) & (grid <= 1) & (prior >= 0)):
        raise ValueError("grid must hold probabilities, and prior one weight for each of them")
    posterior = normalised(prior)
    for flip in flips:
        posterior = normalised(posterior * (grid if flip == "H" else 1 - grid))
    return posterior


def normalised(weights):
    if not np.any(weights > 0):
        raise ValueError("no candidate with a positive prior can give these flips")
    return weights / np.sum(weights)


def beta_posterior(flips, a, b):
    heads, tails = heads_tails(flips)
    if not (a > 0 and b > 0):
        raise ValueError("the parameters of a beta distribution are positive")
    return a + heads, b + tails


def map_estimate(flips, a, b):
    heads, tails = heads_tails(flips)
    if not (a > 0 and b > 0 and a + heads > 1 and b + tails > 1):
        raise ValueError("the posterior has no peak between 0 and 1")
    return (a + heads - 1) / (a + b + heads + tails - 2)


def heads_tails(flips):
    if not set(flips) <= {"H", "T"}:
        raise ValueError("flips must be a text of the letters H and T")
    return flips.count("H"), flips.count("T")
