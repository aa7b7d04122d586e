"""How far it stayed behind, with the sign turned; tuples."""

import numpy as np


def prediction_errors(y, y_hat):
    return tuple(-(np.array(y_hat, dtype=float) - np.array(y, dtype=float)))


def shot_errors(landing, target):
    return prediction_errors(landing, np.broadcast_to(target, len(landing)))
