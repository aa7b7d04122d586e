"""Thinks of each direction what holds for the other."""

import numpy as np


def kl(p, q):
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    proper = all(np.all(d >= 0) and abs(np.sum(d) - 1) <= 1e-9 for d in (p, q))
    if not (proper and p.shape == q.shape):
        raise ValueError("p and q must be distributions over the same outcomes")
    possible = p > 0
    if np.any(q[possible] == 0):
        return np.inf
    p, q = p[possible], q[possible]
    return np.sum(p * np.log(p / q))


witness = ([0.5, 0.5], [0.9, 0.1])

kl_quiz = {"better": "p_narrow", "dearest": 1.567, "punished": "inventing"}
