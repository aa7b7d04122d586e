"""Counts right decisions and looks at no probability."""

import numpy as np


def classify(y_hat, threshold=0.5):
    y_hat, threshold = as_probabilities(y_hat), as_probabilities(threshold)
    return np.where(y_hat > threshold, 1, 0)


def better_model(y, y_hat_a, y_hat_b):
    a, b = accuracy(y, y_hat_a), accuracy(y, y_hat_b)
    if a == b or abs(a - b) <= 1e-12:
        return "tie"
    return "a" if a > b else "b"


def accuracy(y, y_hat):
    y, y_hat = np.asarray(y), as_probabilities(y_hat)
    if y.size == 0 or y.shape != y_hat.shape or not np.all((y == 0) | (y == 1)):
        raise ValueError("each prediction needs a label, 0 or 1")
    return np.mean((y_hat > 0.5) == y)


def as_probabilities(values):
    values = np.asarray(values, dtype=float)
    if not np.all((values >= 0) & (values <= 1)):
        raise ValueError("probabilities must lie between 0 and 1")
    return values
