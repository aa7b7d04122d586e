"""Divides products by their sum where both have become 0."""

import numpy as np


def grid_posterior(flips, grid, prior):
    heads, tails = heads_tails(flips)
    grid, prior = np.asarray(grid), np.asarray(prior)
    if grid.shape != prior.shape or not np.all((grid >= 0) & (grid <= 1) & (prior >= 0)):
        raise ValueError("grid must hold probabilities, and prior one weight for each of them")
    impossible = ((grid == 0) & (heads > 0)) | ((grid == 1) & (tails > 0)) | (prior == 0)
    if np.all(impossible):
        raise ValueError("no candidate with a positive prior can give these flips")
    products = prior * grid**heads * (1 - grid) ** tails
    with np.errstate(invalid="ignore"):
        return products / np.sum(products)


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
