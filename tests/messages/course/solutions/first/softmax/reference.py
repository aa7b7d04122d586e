import numpy as np


def softmax(scores):
    powers = np.exp(np.asarray(scores) - np.max(scores))
    return powers / powers.sum()
