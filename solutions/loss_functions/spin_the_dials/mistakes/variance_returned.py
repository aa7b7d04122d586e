"""Arrives, and returns the variance."""

import numpy as np


def nll_gradient(eps, mu, log_sigma):
    if len(eps) == 0:
        raise ValueError("nll_gradient needs at least one shot")
    sigma = np.exp(log_sigma)
    z = (np.asarray(eps, dtype=float) - mu) / sigma
    return np.array([-np.mean(z) / sigma, 1 - np.mean(z**2)])


def fit_normal(eps):
    if len(set(eps)) < 2:
        raise ValueError("fit_normal needs two different shots")
    mu, log_sigma = eps[0], np.log(np.ptp(eps))
    for _ in range(20):
        by_mu, by_log_sigma = nll_gradient(eps, mu, log_sigma)
        mu, log_sigma = mu - np.exp(2 * log_sigma) * by_mu, log_sigma - by_log_sigma / 2
    return mu, np.exp(2 * log_sigma)
