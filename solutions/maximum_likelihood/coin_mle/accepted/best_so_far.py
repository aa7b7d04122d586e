"""A loop that keeps the best candidate so far, in plain Python."""

import math


def heads_and_tails(flips):
    heads = tails = 0
    for flip in flips:
        if flip == "H":
            heads += 1
        elif flip == "T":
            tails += 1
        else:
            raise ValueError(f"{flip!r} is neither H nor T")
    if heads + tails == 0:
        raise ValueError("no flips")
    return heads, tails


def coin_mle(flips):
    heads, tails = heads_and_tails(flips)
    return heads / (heads + tails)


def log_likelihood_of_grid(p, heads, tails):
    if not 0 <= p <= 1:
        raise ValueError(f"{p} is not a probability")
    if (p == 0 and heads > 0) or (p == 1 and tails > 0):
        return -math.inf
    total = 0.0
    if heads > 0:
        total += heads * math.log(p)
    if tails > 0:
        total += tails * math.log(1 - p)
    return total


def grid_mle(flips, grid):
    heads, tails = heads_and_tails(flips)
    best, highest = None, None
    for p in grid:
        score = log_likelihood_of_grid(p, heads, tails)
        if best is None or score > highest or (score == highest and p < best):
            best, highest = p, score
    if best is None:
        raise ValueError("the grid is empty")
    return best
