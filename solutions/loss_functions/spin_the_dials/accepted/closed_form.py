"""Slopes shot by shot, and the fit by its formula: who knows it need not search."""

import numpy as np


def nll_gradient(eps, mu, log_sigma):
    each = [
        ((mu - shot) / np.exp(2 * log_sigma), 1 - ((shot - mu) / np.exp(log_sigma)) ** 2)
        for shot in eps
    ]
    if each == []:
        raise ValueError("there are no shots")
    return tuple(np.mean(each, axis=0))


def fit_normal(eps):
    shots = np.asarray(eps, dtype=np.float64)
    if shots.size == 0 or (shots == shots[0]).all():
        raise ValueError("there is no spread")
    return np.array([shots.mean(), shots.std()])
