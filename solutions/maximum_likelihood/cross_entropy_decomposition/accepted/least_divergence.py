"""Entropy as what a uniform model pays beyond its divergence; the closest by `kl` alone."""

import numpy as np


def entropy(p):
    uniform = np.full(len(p), 1 / len(p))
    return np.log(len(p)) - kl(p, uniform)


def cross_entropy(p, q):
    return np.asarray(kl(p, q) + entropy(p))


def closest(p, candidates):
    divergences = [kl(p, q) for q in candidates]
    return divergences.index(min(divergences))
