"""Takes sigma for the variance."""

import numpy as np


def normal_nll(eps, mu, sigma):
    eps = np.asarray(eps, dtype=float)
    if eps.size == 0 or sigma <= 0:
        raise ValueError("normal_nll needs at least one shot and a positive sigma")
    return eps.size * np.log(2 * np.pi * sigma) / 2 + np.sum((eps - mu) ** 2) / (2 * sigma)
