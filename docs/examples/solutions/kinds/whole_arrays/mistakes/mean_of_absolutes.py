import numpy as np


def rms(x):
    return np.mean(np.abs(x))
