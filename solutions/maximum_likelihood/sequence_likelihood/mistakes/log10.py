"""Takes the logarithm to base 10."""

import math


def sequence_likelihood(flips, p):
    heads, tails = count(flips, p)
    return p**heads * (1 - p) ** tails


def sequence_log_likelihood(flips, p):
    heads, tails = count(flips, p)
    return log_power_of(p, heads) + log_power_of(1 - p, tails)


def count(flips, p):
    if not set(flips) <= {"H", "T"} or not 0 <= p <= 1:
        raise ValueError("need flips H and T and a probability")
    return flips.count("H"), flips.count("T")


def log_power_of(probability, times):
    if times == 0:
        return 0.0
    return times * math.log10(probability) if probability > 0 else -math.inf
