"""The logarithm of a softmax from scipy, and surprises in an array."""

import numpy as np
from scipy.special import log_softmax as of_scipy


def next_token_loss(dist, token):
    p = dist.get(token, 0.0)
    if not 0 <= p <= 1:
        raise ValueError("not a probability")
    with np.errstate(divide="ignore"):
        return -np.log(p)


def sequence_loss(dists, tokens):
    if len(dists) != len(tokens):
        raise ValueError("one distribution for each token")
    return np.sum([next_token_loss(d, t) for d, t in zip(dists, tokens)])


def perplexity(dists, tokens):
    if len(tokens) == 0:
        raise ValueError("no token")
    return np.exp(sequence_loss(dists, tokens) / len(tokens))


def log_softmax(logits):
    return of_scipy(np.asarray(logits, dtype=float))
