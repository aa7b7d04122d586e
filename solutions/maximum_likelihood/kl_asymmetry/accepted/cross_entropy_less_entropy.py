"""Divergence as what coding with q costs over coding with p: H(p, q) - H(p)."""

import math

import numpy as np


def cross_entropy_of(p, q):
    return math.fsum(-a * math.log(b) if b else math.inf for a, b in zip(p, q) if a)


def kl(p, q):
    p, q = np.ravel(p).tolist(), np.ravel(q).tolist()
    valid = len(p) == len(q) and all(
        min(d, default=-1) >= 0 and abs(sum(d) - 1) <= 1e-9 for d in (p, q)
    )
    if not valid:
        raise ValueError("p and q are not distributions over the same outcomes")
    return np.float64(cross_entropy_of(p, q) - cross_entropy_of(p, p))


coin, biased = np.array([1 / 2, 1 / 2]), np.array([1 / 10, 9 / 10])
witness = coin, biased

world = [0.49, 0.02, 0.49]
models = {"broad": [1 / 3] * 3, "narrow": [0.96, 0.02, 0.02]}
p_first = min(models, key=lambda name: kl(world, models[name]))
q_first = min(models, key=lambda name: kl(models[name], world))
kl_quiz = {
    "better": f"with p first the {p_first} one, with q first the {q_first} one",
    "dearest": np.log(0.49**0.49) - np.log(0.02**0.49),
    "punished": "missing",
}
