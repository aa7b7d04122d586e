"""The mean of the squares less the square of the mean, of shots counted from the first one."""

import numpy as np


def normal_mle(eps):
    shots = np.array(eps, dtype=float)
    if not len(shots):
        raise ValueError("normal_mle of no shots")
    origin = shots[0]
    shots = shots - origin
    mu = shots.sum() / len(shots)
    return mu + origin, (shots**2).sum() / len(shots) - mu**2
