"""An array with one factor a flip; NumPy is told that log 0 is meant."""

import numpy as np


def factors(flips, p):
    letters = np.array(list(flips), dtype="U1")
    heads = letters == "H"
    if not np.all(heads | (letters == "T")) or np.isnan(p) or p < 0 or p > 1:
        raise ValueError("need flips H and T and a probability")
    return np.where(heads, p, 1 - p)


def sequence_likelihood(flips, p):
    return np.prod(factors(flips, p))


def sequence_log_likelihood(flips, p):
    with np.errstate(divide="ignore"):
        return np.log(factors(flips, p)).sum()
