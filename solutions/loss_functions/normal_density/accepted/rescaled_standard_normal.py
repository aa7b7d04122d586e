"""The standard normal density, stretched and lowered by the standard deviation."""

import numpy as np


def phi(z):
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def normal_pdf(eps, mu, sigma2):
    if not 0 < sigma2:
        raise ValueError("no spread")
    sigma = np.sqrt(sigma2)
    return phi((np.array(eps, dtype=float) - mu) / sigma) / sigma
