"""Not a mistake: a plain loop is right, merely slow, and gets full marks."""

import math


def normal_nll(eps, mu, sigma):
    if len(eps) == 0 or sigma <= 0:
        raise ValueError("normal_nll needs at least one shot and a positive sigma")
    total = 0.0
    for shot in eps:
        z = (shot - mu) / sigma
        total += math.log(sigma) + math.log(2 * math.pi) / 2 + z * z / 2
    return total


def winners(eps, mu, sigmas):
    losses = [normal_nll(eps, mu, sigma) for sigma in sigmas]
    products = [1.0 for _ in sigmas]
    for index, sigma in enumerate(sigmas):
        for shot in eps:
            z = (shot - mu) / sigma
            products[index] *= math.exp(-z * z / 2) / (sigma * math.sqrt(2 * math.pi))
    by_product = products.index(max(products)) if any(products) else None
    return by_product, losses.index(min(losses))
