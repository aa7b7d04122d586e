"""One label at a time, in plain Python."""

import math


def product_score(probs):
    product = 1
    for p in probs:
        product *= checked(p)
    return product


def nll(probs):
    total = 0
    for p in probs:
        total -= math.log(p) if checked(p) > 0 else -math.inf
    return total


def best_model(probs_by_model):
    best, least = None, None
    for index, probs in enumerate(probs_by_model):
        loss = nll(probs)
        if best is None or loss < least:
            best, least = index, loss
    if best is None:
        raise ValueError("no model")
    return best


def checked(p):
    if 0 <= p <= 1:
        return p
    raise ValueError(f"{p} is not a probability")
