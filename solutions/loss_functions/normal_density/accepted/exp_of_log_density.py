"""The logarithm of the density first, then its exponential; a tuple comes back for a sequence."""

import numpy as np


def normal_pdf(eps, mu, sigma2):
    if np.isnan(sigma2) or sigma2 <= 0:
        raise ValueError(f"variance {sigma2}")
    log_density = -0.5 * (np.log(2 * np.pi * sigma2) + np.subtract(eps, mu) ** 2 / sigma2)
    density = np.exp(log_density)
    return float(density) if np.ndim(density) == 0 else tuple(density)
