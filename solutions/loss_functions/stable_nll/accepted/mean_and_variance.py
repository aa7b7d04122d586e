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


def winners(eps, mu, sigmas):
    losses = np.array([normal_nll(eps, mu, sigma) for sigma in sigmas])
    if losses.size == 0:
        raise ValueError("nothing to choose from")
    products = np.ones(len(sigmas))
    for shot in eps:
        products *= np.exp(-0.5 * ((shot - mu) / np.array(sigmas)) ** 2)
        products /= np.sqrt(2 * np.pi) * np.array(sigmas)
    return np.argmax(products) if products.max() > 0 else None, np.argmin(losses)
