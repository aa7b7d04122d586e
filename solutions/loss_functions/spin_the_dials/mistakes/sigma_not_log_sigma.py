"""Differentiates by sigma, not by its logarithm; the descent turns sigma."""

import numpy as np


def nll_gradient(eps, mu, log_sigma):
    if len(eps) == 0:
        raise ValueError("nll_gradient needs at least one shot")
    sigma = np.exp(log_sigma)
    z = (np.asarray(eps, dtype=float) - mu) / sigma
    return np.array([-np.mean(z) / sigma, (1 - np.mean(z**2)) / sigma])


def fit_normal(eps):
    if len(set(eps)) < 2:
        raise ValueError("fit_normal needs two different shots")
    mu, sigma = eps[0], np.ptp(eps)
    for _ in range(60):
        by_mu, by_sigma = nll_gradient(eps, mu, np.log(sigma))
        mu, sigma = mu - sigma**2 * by_mu, sigma - sigma**2 * by_sigma / 2
    return mu, sigma
