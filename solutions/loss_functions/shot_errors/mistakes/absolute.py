"""Drops the sign."""

import numpy as np


def shot_errors(landing, target):
    return np.abs(np.asarray(landing) - np.asarray(target))


def prediction_errors(y, y_hat):
    return np.abs(np.asarray(y) - np.asarray(y_hat))
