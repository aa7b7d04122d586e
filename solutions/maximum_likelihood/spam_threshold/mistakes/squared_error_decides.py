"""Compares the mean squared errors."""

import numpy as np


def classify(y_hat, threshold=0.5):
    y_hat, threshold = as_probabilities(y_hat), as_probabilities(threshold)
    return np.where(y_hat > threshold, 1, 0)


def better_model(y, y_hat_a, y_hat_b):
    a, b = mean_squared_error(y, y_hat_a), mean_squared_error(y, y_hat_b)
    if a == b or abs(a - b) <= 1e-12:
        return "tie"
    return "a" if a < b else "b"


def mean_squared_error(y, y_hat):
    y, y_hat = np.asarray(y), as_probabilities(y_hat)
    if y.size == 0 or y.shape != y_hat.shape or not np.all((y == 0) | (y == 1)):
        raise ValueError("each prediction needs a label, 0 or 1")
    return np.mean((y - y_hat) ** 2)


def as_probabilities(values):
    values = np.asarray(values, dtype=float)
    if not np.all((values >= 0) & (values <= 1)):
        raise ValueError("probabilities must lie between 0 and 1")
    return values
