"""A comprehension and `math.fsum`, which rounds once."""

from math import fsum, log, pi, sqrt


def normal_nll(eps, mu, sigma):
    n = len(eps)
    if not n or sigma <= 0:
        raise ValueError("normal_nll needs shots and a positive sigma")
    return n * log(sigma * sqrt(2 * pi)) + 0.5 * fsum(((shot - mu) / sigma) ** 2 for shot in eps)
