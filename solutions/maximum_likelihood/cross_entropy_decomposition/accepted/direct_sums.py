"""The sums as they are written, with arrays and masks, and without the divergence."""

import numpy as np


def distribution(values):
    array = np.array(values, dtype=float)
    if array.ndim != 1 or not (array >= 0).all() or abs(array.sum() - 1) > 1e-9:
        raise ValueError("not a distribution")
    return array


def cross_entropy(p, q):
    p, q = distribution(p), distribution(q)
    if len(p) != len(q):
        raise ValueError("p and q differ in length")
    with np.errstate(divide="ignore"):
        return -np.log(q[p > 0]) @ p[p > 0]


def entropy(p):
    return cross_entropy(p, p)


def closest(p, candidates):
    return np.array([cross_entropy(p, q) for q in candidates]).argmin()
