import numpy as np


def rms(x):
    return np.sqrt(np.mean(np.square(x)))
