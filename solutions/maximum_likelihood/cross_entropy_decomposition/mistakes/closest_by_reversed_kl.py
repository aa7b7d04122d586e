"""Chooses by the divergence of p from the candidate."""

import numpy as np


def entropy(p):
    p = np.asarray(p)
    if not (np.all(p >= 0) and abs(np.sum(p) - 1) <= 1e-9):
        raise ValueError("p must be a distribution")
    possible = p[p > 0]
    return -np.sum(possible * np.log(possible))


def cross_entropy(p, q):
    return entropy(p) + kl(p, q)


def closest(p, candidates):
    return np.argmin([kl(q, p) for q in candidates])
