"""Masks over ranks: a token stays if the mass before it is still less than p."""

import numpy as np


def apply_temperature(logits, temperature):
    if not 0 < temperature < np.inf:
        raise ValueError("need a positive temperature")
    z = np.array(logits, dtype=float) / temperature
    return np.exp(z - np.logaddexp.reduce(z))


def ranks(probs):
    return np.lexsort((np.arange(len(probs)), -probs)).argsort()


def top_k(probs, k):
    probs = np.array(probs)
    if k not in range(1, probs.size + 1):
        raise ValueError("k is out of range")
    kept = np.where(ranks(probs) < k, probs, 0)
    return kept / kept.sum()


def top_p(probs, p):
    if np.isnan(p) or p <= 0 or p > 1:
        raise ValueError("p is out of range")
    probs = np.array(probs)
    order = np.argsort(ranks(probs))
    before = np.concatenate([[0.0], np.cumsum(probs[order])[:-1]])
    kept = np.zeros_like(probs)
    kept[order[before < p]] = probs[order[before < p]]
    return kept / kept.sum()
