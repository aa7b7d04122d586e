"""Compares the products, which all become 0 for many labels."""

import numpy as np


def product_score(probs):
    return np.prod(probabilities(probs))


def nll(probs):
    with np.errstate(divide="ignore"):
        return -np.sum(np.log(probabilities(probs)))


def best_model(probs_by_model):
    return np.argmax([product_score(row) for row in probs_by_model])


def probabilities(probs):
    probs = np.asarray(probs, dtype=float)
    if not np.all((probs >= 0) & (probs <= 1)):
        raise ValueError("probabilities must lie between 0 and 1")
    return probs
