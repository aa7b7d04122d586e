"""Minus the sum of an array of log densities."""

import numpy as np


def normal_nll(eps, mu, sigma):
    eps = np.array(eps)
    if len(eps) == 0:
        raise ValueError("no shots")
    if sigma <= 0:
        raise ValueError("sigma must be positive")
    log_density = -np.log(sigma) - 0.5 * np.log(2 * np.pi) - (eps - mu) ** 2 / (2 * sigma**2)
    return -log_density.sum()
