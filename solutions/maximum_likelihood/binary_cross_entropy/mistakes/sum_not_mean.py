"""Adds the losses up."""

import numpy as np


def bce(y, y_hat):
    y, y_hat = examples(y, y_hat)
    if not np.all((y_hat >= 0) & (y_hat <= 1)):
        raise ValueError("predictions must lie between 0 and 1")
    with np.errstate(divide="ignore"):
        return -np.sum(np.log(np.where(y == 1, y_hat, 1 - y_hat)))


def bce_with_logits(y, z):
    y, z = examples(y, z)
    return np.sum(np.logaddexp(0, np.where(y == 1, -z, z)))


def bce_with_logits_grad(y, z):
    y, z = examples(y, z)
    sigmoid = np.exp(-np.logaddexp(0, -z))
    return (sigmoid - y) / len(y)


def examples(y, outputs):
    y, outputs = np.asarray(y), np.asarray(outputs)
    if y.shape != outputs.shape or len(y) == 0 or not np.all((y == 0) | (y == 1)):
        raise ValueError("each of one or more labels, 0 or 1, needs one prediction")
    return y, outputs
