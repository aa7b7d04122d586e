"""Multiplies first and takes the logarithm of what is left."""

import numpy as np


def sequence_likelihood(flips, p):
    if not set(flips) <= {"H", "T"} or not 0 <= p <= 1:
        raise ValueError("need flips H and T and a probability")
    return p ** flips.count("H") * (1 - p) ** flips.count("T")


def sequence_log_likelihood(flips, p):
    with np.errstate(divide="ignore"):
        return np.log(sequence_likelihood(flips, p))
