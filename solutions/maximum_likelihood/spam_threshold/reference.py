"""A threshold makes decisions of probabilities; cross-entropy compares the probabilities."""

import numpy as np


def classify(y_hat, threshold=0.5):
    """Return 1 where the probability exceeds the threshold, else 0.

    Parameters
    ----------
    y_hat : array_like
        Probabilities of spam [-].
    threshold : float
        Probability [-].

    Returns
    -------
    int or ndarray of int
        One decision for each probability.

    Raises
    ------
    ValueError
        One of them is no probability.
    """
    y_hat, threshold = _as_probabilities(y_hat), _as_probabilities(threshold)
    return (y_hat > threshold).astype(int)


def better_model(y, y_hat_a, y_hat_b):
    """Return whose predictions have the lower cross-entropy: "a", "b" or "tie".

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, 0 or 1.
    y_hat_a, y_hat_b : array_like, shape (n,)
        Probabilities of label 1 [-].

    Returns
    -------
    str
        "tie" if the losses are equal to 1e-12, or both inf.

    Raises
    ------
    ValueError
        There is no label, the lengths differ, or a value is no label or no probability.
    """
    a, b = _cross_entropy(y, y_hat_a), _cross_entropy(y, y_hat_b)
    if not abs(a - b) > 1e-12:  # both inf is a tie, too: inf - inf is NaN
        return "tie"
    return "a" if a < b else "b"


def _cross_entropy(y, y_hat):
    y, y_hat = np.asarray(y), _as_probabilities(y_hat)
    if y.size == 0 or y.shape != y_hat.shape or not np.all((y == 0) | (y == 1)):
        raise ValueError("each prediction needs a label, 0 or 1")
    with np.errstate(divide="ignore"):
        return float(np.mean(-np.log(np.where(y == 1, y_hat, 1 - y_hat))))


def _as_probabilities(values):
    values = np.asarray(values)
    if not np.all((values >= 0) & (values <= 1)):  # NaN is not
        raise ValueError("probabilities must lie between 0 and 1")
    return values
