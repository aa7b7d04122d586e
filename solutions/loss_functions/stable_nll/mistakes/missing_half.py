"""Leaves out the half in the exponent."""

import numpy as np


def normal_nll(eps, mu, sigma):
    eps = np.asarray(eps, dtype=float)
    if eps.size == 0 or sigma <= 0:
        raise ValueError("normal_nll needs at least one shot and a positive sigma")
    z = (eps - mu) / sigma
    return eps.size * np.log(sigma * np.sqrt(2 * np.pi)) + np.sum(z**2)
