"""One number at a time, with the math module; a list comes back for a list."""

import math


def normal_pdf(eps, mu, sigma2):
    if math.isnan(sigma2) or sigma2 <= 0:
        raise ValueError("the variance must be positive")
    if hasattr(eps, "__len__"):
        return [normal_pdf(one, mu, sigma2) for one in eps]
    sigma = math.sqrt(sigma2)
    return math.exp(-0.5 * ((eps - mu) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
