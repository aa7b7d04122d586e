"""Takes the standard deviation of a sample, which is not where the slope is zero."""

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
    return np.mean(eps), np.std(eps, ddof=1)
