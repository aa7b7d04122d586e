"""`statistics.fmean`, and `max` over the sorted grid with a key."""

from math import inf, isnan, log
from statistics import fmean


def coin_mle(flips):
    if not flips or flips.strip("HT"):
        raise ValueError("flips are H and T")
    return fmean(flip == "H" for flip in flips)


def grid_mle(flips, grid):
    share = coin_mle(flips)
    candidates = sorted(float(p) for p in grid)
    if not candidates or any(isnan(p) or p < 0 or p > 1 for p in candidates):
        raise ValueError("the grid needs probabilities")
    # max keeps the first of equal ones, which is the smallest here
    return max(candidates, key=lambda p: term(share, p) + term(1 - share, 1 - p))


def term(weight, p):
    if weight == 0:
        return 0.0
    return weight * log(p) if p else -inf
