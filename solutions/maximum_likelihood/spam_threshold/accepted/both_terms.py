"""The formula as it stands, with 0 log 0 made 0; a Boolean array made integers."""

import numpy as np


def classify(y_hat, threshold=0.5):
    y_hat = np.array(y_hat)
    check_labels(y_hat)
    check_labels(np.array([threshold]))
    return (y_hat > threshold).astype(int)


def better_model(y, y_hat_a, y_hat_b):
    y = np.array(y)
    if not len(y) == len(y_hat_a) == len(y_hat_b) > 0:
        raise ValueError("need as many predictions as labels")
    if not np.isin(y, [0, 1]).all():
        raise ValueError("labels are 0 and 1")
    losses = {"a": loss(y, np.array(y_hat_a)), "b": loss(y, np.array(y_hat_b))}
    if np.isclose(losses["a"], losses["b"], rtol=0, atol=1e-12):
        return "tie"
    return min(losses, key=losses.get)


def loss(y, y_hat):
    check_labels(y_hat)
    return (times_log(y, y_hat) + times_log(1 - y, 1 - y_hat)).sum() / -len(y)


def times_log(weight, p):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight == 0, 0.0, weight * np.log(p))


def check_labels(values):
    if np.isnan(values).any() or values.min() < 0 or values.max() > 1:
        raise ValueError("not probabilities")
