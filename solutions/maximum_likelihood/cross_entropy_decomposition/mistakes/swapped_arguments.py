"""Weighs the logarithms of p by q."""

import numpy as np


def entropy(p):
    p = np.asarray(p)
    if not (np.all(p >= 0) and abs(np.sum(p) - 1) <= 1e-9):
        raise ValueError("p must be a distribution")
    possible = p[p > 0]
    return -np.sum(possible * np.log(possible))


def cross_entropy(p, q):
    return entropy(q) + kl(q, p)


def closest(p, candidates):
    return np.argmin([cross_entropy(p, q) for q in candidates])
