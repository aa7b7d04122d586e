"""Averages over the shots instead of adding them up."""

import numpy as np


def normal_nll(eps, mu, sigma):
    eps = np.asarray(eps, dtype=float)
    if eps.size == 0 or sigma <= 0:
        raise ValueError("normal_nll needs at least one shot and a positive sigma")
    z = (eps - mu) / sigma
    return np.log(sigma * np.sqrt(2 * np.pi)) + np.mean(z**2) / 2


def winners(eps, mu, sigmas):
    losses = [normal_nll(eps, mu, sigma) for sigma in sigmas]
    products = [likelihood_of_shots(eps, mu, sigma) for sigma in sigmas]
    by_sum = losses.index(min(losses))
    return (products.index(max(products)) if max(products) > 0 else None), by_sum


def likelihood_of_shots(eps, mu, sigma):
    z = (np.asarray(eps) - mu) / sigma
    return np.prod(np.exp(-(z**2) / 2) / (sigma * np.sqrt(2 * np.pi)))
