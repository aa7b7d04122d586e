"""32-bit floats, as models are trained with."""

import numpy as np


def shot_errors(landing, target):
    return np.asarray(landing, dtype=np.float32) - np.asarray(target, dtype=np.float32)


def prediction_errors(y, y_hat):
    return shot_errors(y, y_hat)
