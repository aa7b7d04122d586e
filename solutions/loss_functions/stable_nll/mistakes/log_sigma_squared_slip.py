"""Takes the logarithm of the variance but forgets to halve it."""

import numpy as np


def normal_nll(eps, mu, sigma):
    eps = np.asarray(eps, dtype=float)
    if eps.size == 0 or sigma <= 0:
        raise ValueError("normal_nll needs at least one shot and a positive sigma")
    front = np.log(sigma**2) + np.log(2 * np.pi) / 2
    return eps.size * front + np.sum((eps - mu) ** 2) / (2 * sigma**2)
