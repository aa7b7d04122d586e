"""Multiplies by the variance where parentheses would have put it below the fraction line."""

import numpy as np


def normal_pdf(eps, mu, sigma2):
    if not sigma2 > 0:
        raise ValueError("the variance must be positive")
    distance = np.asarray(eps) - mu
    return np.exp(-(distance**2) / 2 * sigma2) / np.sqrt(2 * np.pi * sigma2)
