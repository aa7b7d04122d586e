"""A rule for one number, made to take arrays by NumPy; a 0-d array for `best_p`."""

import numpy as np


def likelihood_of_one(p):
    if not 0 <= p <= 1:
        raise ValueError("p is a probability")
    return p * p * (1 - p)


hth_likelihood = np.vectorize(likelihood_of_one, otypes=[float])

hth_table = {p: round(float(hth_likelihood(p)), 4) for p in [0.9, 0.8, 0.667, 0.5, 0.3, 0.1]}
best_p = np.array(2.0) / 3.0

middles = (np.arange(1000) + 0.5) / 1000
hth_quiz = {"area_not_one": ["over-flips"], "area": np.sum(hth_likelihood(middles)) / 1000}
