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
