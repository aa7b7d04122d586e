"""Takes the likelihood for a distribution over p, whose area must be 1."""

import numpy as np


def hth_likelihood(p):
    p = np.asarray(p, dtype=float)
    if not np.all((p >= 0) & (p <= 1)):
        raise ValueError("p must lie between 0 and 1")
    return p * (1 - p) * p


hth_table = {p: float(hth_likelihood(p)) for p in (0.1, 0.3, 0.5, 0.667, 0.8, 0.9)}

best_p = 2 / 3
hth_quiz = {"area": 1, "area_not_one": "slip"}
