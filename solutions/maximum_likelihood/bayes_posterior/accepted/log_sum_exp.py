"""A flip is a number; the total by `np.logaddexp.reduce`; arrays as answers."""

import numpy as np


def as_bits(flips):
    letters = np.array(list(flips), dtype="U1")
    if not np.isin(letters, ["H", "T"]).all():
        raise ValueError("flips are H and T")
    return letters == "H"


def grid_posterior(flips, grid, prior):
    grid, prior = np.array(grid, float), np.array(prior, float)
    if grid.ndim != 1 or grid.size == 0 or grid.shape != prior.shape:
        raise ValueError("need one prior for each candidate")
    if np.isnan(grid).any() or grid.min() < 0 or grid.max() > 1:
        raise ValueError("candidates are probabilities")
    if np.isnan(prior).any() or prior.min() < 0:
        raise ValueError("priors are not negative")
    bits = as_bits(flips)
    logs = np.full(grid.shape, -np.inf)
    np.log(prior, out=logs, where=prior > 0)
    for outcome, p in ((True, grid), (False, 1 - grid)):
        times = np.count_nonzero(bits == outcome)
        if times:
            logs = logs + times * np.log(np.maximum(p, 1e-320))
            logs[p == 0] = -np.inf
    total = np.logaddexp.reduce(logs)
    if np.isneginf(total):
        raise ValueError("nothing on the grid is possible")
    return np.exp(logs - total)


def beta_posterior(flips, a, b):
    if np.isnan([a, b]).any() or min(a, b) <= 0:
        raise ValueError("a and b are positive")
    bits = as_bits(flips)
    return np.array([a, b], dtype=float) + [bits.sum(), (~bits).sum()]


def map_estimate(flips, a, b):
    excess = beta_posterior(flips, a, b) - 1
    if np.any(excess <= 0):
        raise ValueError("the mode is not inside")
    return excess[0] / excess.sum()
