"""Minus the sum of an array of log densities."""

import numpy as np


def normal_nll(eps, mu, sigma):
    eps = np.array(eps)
    if len(eps) == 0:
        raise ValueError("no shots")
    if sigma <= 0:
        raise ValueError("sigma must be positive")
    log_density = -np.log(sigma) - 0.5 * np.log(2 * np.pi) - (eps - mu) ** 2 / (2 * sigma**2)
    return -log_density.sum()


def winners(eps, mu, sigmas):
    if len(sigmas) == 0:
        raise ValueError("no sigmas")
    losses = np.array([normal_nll(eps, mu, sigma) for sigma in sigmas])
    table = (np.array(eps)[:, np.newaxis] - mu) / np.array(sigmas)
    products = (np.exp(-(table**2) / 2) / (np.array(sigmas) * np.sqrt(2 * np.pi))).prod(axis=0)
    return [products.argmax() if products.any() else None, losses.argmin()]
