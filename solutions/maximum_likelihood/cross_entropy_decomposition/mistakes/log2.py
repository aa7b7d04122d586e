"""Measures in bits."""

import numpy as np


def entropy(p):
    p = np.asarray(p)
    if not (np.all(p >= 0) and abs(np.sum(p) - 1) <= 1e-9):
        raise ValueError("p must be a distribution")
    possible = p[p > 0]
    return -np.sum(possible * np.log2(possible))


def cross_entropy(p, q):
    return entropy(p) + kl(p, q) / np.log(2)


def closest(p, candidates):
    return np.argmin([cross_entropy(p, q) for q in candidates])
