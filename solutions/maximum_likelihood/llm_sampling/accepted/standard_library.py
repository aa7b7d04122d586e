"""`heapq` and `itertools`; top-p as the first top-k that is large enough. Returns tuples."""

import heapq
from itertools import accumulate
from math import exp


def apply_temperature(logits, temperature):
    if not temperature > 0:
        raise ValueError("the temperature is not positive")
    weights = [exp(-(max(logits) - z) / temperature) for z in logits]
    return tuple(weight / sum(weights) for weight in weights)


def top_k(probs, k):
    if not 0 < k <= len(probs):
        raise ValueError("no such k")
    kept = set(heapq.nlargest(k, range(len(probs)), key=probs.__getitem__))
    total = sum(probs[i] for i in kept)
    return tuple(probs[i] / total * (i in kept) for i in range(len(probs)))


def top_p(probs, p):
    if not 0 < p <= 1:
        raise ValueError("no such p")
    sums = accumulate(sorted(probs, reverse=True))
    k = 1 + sum(mass < p for mass in sums)
    return top_k(probs, min(k, len(probs)))
