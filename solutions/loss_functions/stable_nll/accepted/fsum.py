"""A comprehension and `math.fsum`, which rounds once."""

from math import fsum, log, pi, prod, sqrt
from statistics import NormalDist


def normal_nll(eps, mu, sigma):
    n = len(eps)
    if not n or sigma <= 0:
        raise ValueError("normal_nll needs shots and a positive sigma")
    return n * log(sigma * sqrt(2 * pi)) + 0.5 * fsum(((shot - mu) / sigma) ** 2 for shot in eps)


def winners(eps, mu, sigmas):
    losses = [normal_nll(eps, mu, sigma) for sigma in sigmas]
    curves = [NormalDist(mu, sigma) for sigma in sigmas]
    products = [prod(curve.pdf(shot) for shot in eps) for curve in curves]
    by_product = products.index(max(products)) if any(products) else None
    return by_product, losses.index(min(losses))
