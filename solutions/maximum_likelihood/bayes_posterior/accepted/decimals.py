"""`decimal`, whose exponents are wide enough for the product itself."""

from collections import Counter
from decimal import Decimal


def heads_tails(flips):
    found = Counter(flips)
    heads, tails = found.pop("H", 0), found.pop("T", 0)
    if found:
        raise ValueError(f"unknown letters: {sorted(found)}")
    return heads, tails


def grid_posterior(flips, grid, prior):
    heads, tails = heads_tails(flips)
    if len(grid) != len(prior):
        raise ValueError("lengths differ")
    if any(not 0 <= g <= 1 for g in grid) or any(not w >= 0 for w in prior):
        raise ValueError("not a probability, or not a weight")
    grid, prior = [Decimal(float(g)) for g in grid], [Decimal(float(w)) for w in prior]
    weights = [w * power(g, heads) * power(1 - g, tails) for g, w in zip(grid, prior)]
    total = sum(weights)
    if total == 0:
        raise ValueError("nothing is possible")
    return tuple(float(w / total) for w in weights)


def power(base, exponent):
    return base**exponent if exponent else Decimal(1)  # Decimal refuses 0**0


def beta_posterior(flips, a, b):
    heads, tails = heads_tails(flips)
    for parameter in (a, b):
        if not parameter > 0:
            raise ValueError(f"{parameter} is not positive")
    return a + heads, b + tails


def map_estimate(flips, a, b):
    alpha, beta = beta_posterior(flips, a, b)
    if alpha > 1 and beta > 1:
        return (alpha - 1) / (alpha + beta - 2)
    raise ValueError("there is no peak between 0 and 1")
