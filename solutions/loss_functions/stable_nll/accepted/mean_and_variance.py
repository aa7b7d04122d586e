"""All that the shots say of a normal distribution is their number, mean and variance."""

import numpy as np


def normal_nll(eps, mu, sigma):
    shots = np.asarray(eps, dtype=np.float64)
    assert_usable(shots, sigma)
    spread = np.var(shots) + (np.mean(shots) - mu) ** 2
    return shots.size * (np.log(sigma) + np.log(2 * np.pi) / 2 + spread / sigma**2 / 2)


def assert_usable(shots, sigma):
    if shots.size < 1:
        raise ValueError("an empty data set has no likelihood here")
    if sigma <= 0:
        raise ValueError("sigma <= 0")
