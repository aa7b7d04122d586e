"""Takes the logarithm of the variance but forgets to halve it."""

import numpy as np


def normal_nll(eps, mu, sigma):
    eps = np.asarray(eps, dtype=float)
    if eps.size == 0 or sigma <= 0:
        raise ValueError("normal_nll needs at least one shot and a positive sigma")
    front = np.log(sigma**2) + np.log(2 * np.pi) / 2
    return eps.size * front + np.sum((eps - mu) ** 2) / (2 * sigma**2)


def winners(eps, mu, sigmas):
    losses = [normal_nll(eps, mu, sigma) for sigma in sigmas]
    products = [likelihood_of_shots(eps, mu, sigma) for sigma in sigmas]
    by_sum = losses.index(min(losses))
    return (products.index(max(products)) if max(products) > 0 else None), by_sum


def likelihood_of_shots(eps, mu, sigma):
    z = (np.asarray(eps) - mu) / sigma
    return np.prod(np.exp(-(z**2) / 2) / (sigma * np.sqrt(2 * np.pi)))
