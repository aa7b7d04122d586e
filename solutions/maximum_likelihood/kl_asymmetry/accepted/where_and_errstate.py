"""The whole formula at once, with NumPy told that zeros are meant; the witness is one array."""

import numpy as np


def kl(p, q):
    p, q = np.array(p, float), np.array(q, float)
    if p.ndim != 1 or p.shape != q.shape:
        raise ValueError("need two distributions of one length")
    both = np.stack([p, q])
    if not ((both >= 0).all() and np.allclose(both.sum(axis=1), 1, rtol=0, atol=1e-9)):
        raise ValueError("need two distributions")
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p == 0, 0.0, p * np.log(p / q))
    return terms.sum()


witness = np.array([[0.75, 0.25], [0.01, 0.99]])

terms = np.array([0.49, 0.02, 0.49]) * np.log([0.49 / 0.96, 1, 0.49 / 0.02])
kl_quiz = dict(better="p_broad", dearest=terms.max(), punished="missing")
