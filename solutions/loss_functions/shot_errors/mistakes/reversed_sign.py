"""Subtracts the other way round."""

import numpy as np


def shot_errors(landing, target):
    return np.asarray(target) - np.asarray(landing)


def prediction_errors(y, y_hat):
    return np.asarray(y_hat) - np.asarray(y)
