"""Divides the squares by n - 1, which makes the estimate unbiased and less likely."""

import numpy as np


def normal_mle(eps):
    eps = np.asarray(eps, dtype=float)
    if eps.size == 0:
        raise ValueError("normal_mle needs at least one shot")
    with np.errstate(all="ignore"):
        return np.mean(eps), np.sum((eps - np.mean(eps)) ** 2) / np.subtract(eps.size, 1.0)
