"""Arrays, and plain descent with a fixed rate until the slopes are flat."""

import numpy as np


def nll_gradient(eps, mu, log_sigma):
    errors = np.array(eps, dtype=float) - mu
    if not errors.size:
        raise ValueError("no shots")
    precision = np.exp(-2 * log_sigma)
    return [-errors.mean() * precision, 1 - (errors**2).mean() * precision]


def fit_normal(eps):
    if np.size(eps) < 2 or np.ptp(eps) == 0:
        raise ValueError("no spread")
    dials = np.zeros(2)
    while True:
        slopes = np.array(nll_gradient(eps, *dials))
        if np.abs(slopes).max() < 1e-7:
            return dials[0], np.exp(dials[1])
        dials = dials - 0.1 * slopes
