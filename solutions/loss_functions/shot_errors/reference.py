"""Errors with their signs: what happened minus what was aimed at."""

import numpy as np


def shot_errors(landing, target):
    """Return how far past the target each shot landed.

    Parameters
    ----------
    landing : array_like, shape (n,)
        Where each shot landed.
    target : float or array_like, shape (n,)
        Where it was aimed, in the same unit.

    Returns
    -------
    ndarray, shape (n,)
        Positive for a shot that went too far.
    """
    return np.asarray(landing) - np.asarray(target)


def prediction_errors(y, y_hat):
    """Return the ground truth minus the model's output, for each example.

    Parameters
    ----------
    y, y_hat : array_like, shape (n,)
        Ground truth and output.

    Returns
    -------
    ndarray, shape (n,)
        Positive where the output is too low.
    """
    return np.asarray(y) - np.asarray(y_hat)
