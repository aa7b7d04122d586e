"""The sum along one axis of the whole matrix; answers stay NumPy's."""

import numpy as np


def as_probabilities(values):
    values = np.array(values, dtype=np.float64)
    if np.isnan(values).any() or (values < 0).any() or (values > 1).any():
        raise ValueError("not a probability")
    return values


def log_likelihood(values):
    with np.errstate(divide="ignore"):
        return np.log(as_probabilities(values)).sum(axis=-1)


def product_score(probs):
    return as_probabilities(probs).prod()


def nll(probs):
    return np.asarray(0.0 - log_likelihood(probs))


def best_model(probs_by_model):
    if len(probs_by_model) == 0:
        raise ValueError("there is no model")
    return log_likelihood(probs_by_model).argmax()
