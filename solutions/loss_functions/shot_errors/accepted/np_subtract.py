"""One function is the other: a shot is an example, its target is the output."""

import numpy as np


def shot_errors(landing, target):
    return np.subtract(landing, target)


prediction_errors = shot_errors
