"""`statistics.NormalDist`, which wants the standard deviation."""

from statistics import NormalDist

import numpy as np


def normal_pdf(eps, mu, sigma2):
    if not sigma2 > 0:
        raise ValueError("the variance must be positive")
    density = np.vectorize(NormalDist(mu, sigma2**0.5).pdf, otypes=[float])
    return density(eps)
