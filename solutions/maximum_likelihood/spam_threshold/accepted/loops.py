"""One e-mail at a time, in plain Python; a number is told from a list."""

import math


def require_probability(value):
    if not 0 <= value <= 1:
        raise ValueError(f"{value} is not a probability")


def classify(y_hat, threshold=0.5):
    require_probability(threshold)
    try:
        predictions = list(y_hat)
    except TypeError:
        require_probability(y_hat)
        return 1 if y_hat > threshold else 0
    return [classify(one, threshold) for one in predictions]


def mean_cross_entropy(y, y_hat):
    if len(y) == 0 or len(y) != len(y_hat):
        raise ValueError("labels and predictions do not match")
    total = 0.0
    for label, p in zip(y, y_hat):
        require_probability(p)
        if label not in (0, 1):
            raise ValueError(f"{label} is not a label")
        right = p if label == 1 else 1 - p
        if right == 0:
            total = math.inf
        else:
            total -= math.log(right)
    return total / len(y)


def better_model(y, y_hat_a, y_hat_b):
    loss_a, loss_b = mean_cross_entropy(y, y_hat_a), mean_cross_entropy(y, y_hat_b)
    if math.isclose(loss_a, loss_b, rel_tol=0, abs_tol=1e-12):
        return "tie"
    if loss_a < loss_b:
        return "a"
    return "b"
