"""Lets 0 * -inf become NaN, where one of the letters never came."""

import numpy as np


def sequence_likelihood(flips, p):
    if not set(flips) <= {"H", "T"} or not 0 <= p <= 1:
        raise ValueError("need flips H and T and a probability")
    return p ** flips.count("H") * (1 - p) ** flips.count("T")


def sequence_log_likelihood(flips, p):
    if not set(flips) <= {"H", "T"} or not 0 <= p <= 1:
        raise ValueError("need flips H and T and a probability")
    with np.errstate(divide="ignore", invalid="ignore"):
        return flips.count("H") * np.log(p) + flips.count("T") * np.log1p(-p)
