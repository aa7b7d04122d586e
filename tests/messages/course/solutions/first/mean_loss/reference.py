import numpy as np


def mean_loss(y, y_hat):
    return float(np.mean((np.asarray(y, dtype=float) - np.asarray(y_hat, dtype=float)) ** 2))
