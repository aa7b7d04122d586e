"""Counts from a `Counter`; exact fractions for the product, and 0-d arrays as answers."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np


def sequence_likelihood(flips, p):
    counts = counted(flips, p)
    p = Fraction(p)
    return np.array(float(p ** counts["H"] * (1 - p) ** counts["T"]))


def sequence_log_likelihood(flips, p):
    counts = counted(flips, p)
    pairs = [(counts["H"], p), (counts["T"], 1 - p)]
    if any(count > 0 and factor == 0 for count, factor in pairs):
        return np.array(float("-inf"))
    return np.array(math.fsum(count * math.log(factor) for count, factor in pairs if count))


def counted(flips, p):
    counts = Counter(flips)
    if counts.keys() - {"H", "T"} or math.isnan(p) or not 0 <= p <= 1:
        raise ValueError("flips are H and T, p is a probability")
    return counts
