"""Two terms a shot, added one after the other to one running sum."""

import math


def normal_nll(eps, mu, sigma):
    if len(eps) == 0 or sigma <= 0:
        raise ValueError("normal_nll needs shots and a positive sigma")
    nll = 0.0
    front = math.log(sigma * math.sqrt(2 * math.pi))
    for shot in eps:
        nll += front
        nll += (shot - mu) ** 2 / (2 * sigma**2)
    return nll


def winners(eps, mu, sigmas):
    by_product, largest = None, 0.0
    by_sum, smallest = None, math.inf
    for index, sigma in enumerate(sigmas):
        loss = normal_nll(eps, mu, sigma)
        if loss < smallest:
            by_sum, smallest = index, loss
        product = 1.0
        for shot in eps:
            product *= math.exp(-(((shot - mu) / sigma) ** 2) / 2) / (
                sigma * math.sqrt(2 * math.pi)
            )
        if product > largest:
            by_product, largest = index, product
    if by_sum is None:
        raise ValueError("winners needs a sigma")
    return by_product, by_sum
