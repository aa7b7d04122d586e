"""One flip at a time, in plain Python."""

import math


def probability_of(flip, p):
    if not (p >= 0 and p <= 1):
        raise ValueError(f"{p} is not a probability")
    if flip == "H":
        return p
    if flip == "T":
        return 1 - p
    raise ValueError(f"{flip!r} is neither H nor T")


def sequence_likelihood(flips, p):
    likelihood = 1
    for flip in flips:
        likelihood *= probability_of(flip, p)
    return likelihood


def sequence_log_likelihood(flips, p):
    total = 0
    for flip in flips:
        probability = probability_of(flip, p)
        total += math.log(probability) if probability else -math.inf
    return total
