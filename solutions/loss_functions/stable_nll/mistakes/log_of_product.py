"""Multiplies the densities before it takes the logarithm."""

import numpy as np


def normal_nll(eps, mu, sigma):
    eps = np.asarray(eps, dtype=float)
    if eps.size == 0 or sigma <= 0:
        raise ValueError("normal_nll needs at least one shot and a positive sigma")
    density = np.exp(-(((eps - mu) / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        return -np.log(np.prod(density))
