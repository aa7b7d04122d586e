"""A dot product; the answer stays a 0-d array."""

import numpy as np


def normal_nll(eps, mu, sigma):
    z = (np.asarray(eps) - mu) / check_sigma(sigma)
    if not z.size:
        raise ValueError("no shots")
    return np.asarray(z @ z / 2 + z.size * np.log(np.sqrt(2 * np.pi) * sigma))


def check_sigma(sigma):
    if sigma > 0:
        return sigma
    raise ValueError(f"sigma is {sigma}, but must be positive")


def winners(eps, mu, sigmas):
    by_sum = min(range(len(sigmas)), key=lambda i: normal_nll(eps, mu, sigmas[i]))
    alive = {i: product for i in range(len(sigmas)) if (product := likelihood(eps, mu, sigmas[i]))}
    return max(alive, key=alive.get, default=None), by_sum


def likelihood(eps, mu, sigma):
    z = (np.asarray(eps) - mu) / sigma
    return np.multiply.reduce(np.exp(-z * z / 2) / np.sqrt(2 * np.pi * sigma**2))
