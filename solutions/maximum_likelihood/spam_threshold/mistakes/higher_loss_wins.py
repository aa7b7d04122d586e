"""Takes the filter with the higher loss."""

import numpy as np


def classify(y_hat, threshold=0.5):
    y_hat, threshold = as_probabilities(y_hat), as_probabilities(threshold)
    return np.where(y_hat > threshold, 1, 0)


def better_model(y, y_hat_a, y_hat_b):
    a, b = mean_cross_entropy(y, y_hat_a), mean_cross_entropy(y, y_hat_b)
    if a == b or abs(a - b) <= 1e-12:
        return "tie"
    return "a" if a > b else "b"


def mean_cross_entropy(y, y_hat):
    y, y_hat = np.asarray(y), as_probabilities(y_hat)
    if y.size == 0 or y.shape != y_hat.shape or not np.all((y == 0) | (y == 1)):
        raise ValueError("each prediction needs a label, 0 or 1")
    with np.errstate(divide="ignore"):
        return np.mean(-np.log(np.where(y == 1, y_hat, 1 - y_hat)))


def as_probabilities(values):
    values = np.asarray(values, dtype=float)
    if not np.all((values >= 0) & (values <= 1)):
        raise ValueError("probabilities must lie between 0 and 1")
    return values
