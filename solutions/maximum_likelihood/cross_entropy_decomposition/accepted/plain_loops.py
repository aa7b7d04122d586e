"""Plain Python: loops, `math`, and the first candidate that beats all before it."""

import math


def check_distributions(p):
    if any(math.isnan(share) or share < 0 for share in p) or not abs(math.fsum(p) - 1) <= 1e-9:
        raise ValueError("not a distribution")


def entropy(p):
    check_distributions(p)
    total = 0
    for share in p:
        if share > 0:
            total += share * math.log(1 / share)
    return total


def cross_entropy(p, q):
    check_distributions(p)
    check_distributions(q)
    total = 0
    for p_i, q_i in zip(p, q, strict=True):
        if p_i == 0:
            continue
        if q_i == 0:
            return math.inf
        total -= p_i * math.log(q_i)
    return total


def closest(p, candidates):
    best, least = None, None
    for index in range(len(candidates)):
        loss = cross_entropy(p, candidates[index])
        if best is None or loss < least:
            best, least = index, loss
    if best is None:
        raise ValueError("no candidates")
    return best
