"""Lists and loops, in plain Python; logarithms relative to the best candidate."""

import math


def tally(flips):
    counts = {"H": 0, "T": 0}
    for flip in flips:
        if flip not in counts:
            raise ValueError(f"{flip!r} is neither H nor T")
        counts[flip] += 1
    return counts["H"], counts["T"]


def log_weight(weight, p, heads, tails):
    if not 0 <= p <= 1:
        raise ValueError(f"{p} is not a probability")
    if not weight >= 0:
        raise ValueError(f"{weight} is not a prior")
    total = 0.0
    for factor, times in ((weight, 1), (p, heads), (1 - p, tails)):
        if times > 0 and factor == 0:
            return -math.inf
        if times > 0:
            total += times * math.log(factor)
    return total


def grid_posterior(flips, grid, prior):
    heads, tails = tally(flips)
    if len(grid) != len(prior) or len(grid) == 0:
        raise ValueError("need one prior for each candidate")
    logs = []
    for p, weight in zip(grid, prior):
        logs.append(log_weight(weight, p, heads, tails))
    highest = max(logs)
    if highest == -math.inf:
        raise ValueError("these flips cannot have come from any candidate")
    weights = [math.exp(log - highest) for log in logs]
    total = sum(weights)
    return [weight / total for weight in weights]


def beta_posterior(flips, a, b):
    if not a > 0 or not b > 0:
        raise ValueError("a and b must be positive")
    heads, tails = tally(flips)
    return [a + heads, b + tails]


def map_estimate(flips, a, b):
    a, b = beta_posterior(flips, a, b)
    if a <= 1 or b <= 1:
        raise ValueError("no peak inside")
    return (a - 1) / ((a - 1) + (b - 1))
