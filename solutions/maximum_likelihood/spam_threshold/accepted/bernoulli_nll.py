"""The mean NLL of a Bernoulli by `statistics.fmean`; decisions are floats, by the sign."""

from math import inf, log
from statistics import fmean

import numpy as np


def classify(y_hat, threshold=0.5):
    above = np.sign(np.subtract(as_probabilities(y_hat), as_probabilities(threshold)))
    return np.maximum(above, 0.0)


def better_model(y, y_hat_a, y_hat_b):
    a, b = mean_nll(y, y_hat_a), mean_nll(y, y_hat_b)
    if a == b:
        return "tie"
    if min(a, b) < inf and abs(a - b) <= 1e-12:
        return "tie"
    return "ba"[a < b]


def mean_nll(y, y_hat):
    if set(y) - {0, 1}:
        raise ValueError("labels are 0 and 1")
    pairs = zip(y, as_probabilities(y_hat), strict=True)
    given = [p if label else 1 - p for label, p in pairs]
    return fmean(-log(p) if p > 0 else inf for p in given)


def as_probabilities(values):
    values = np.array(values, float)
    if ((values >= 0) & (values <= 1)).all():
        return values
    raise ValueError("probabilities lie between 0 and 1")
