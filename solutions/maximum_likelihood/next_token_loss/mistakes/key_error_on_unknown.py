"""Takes every token to be named."""

import math

import numpy as np


def next_token_loss(dist, token):
    p = dist[token]
    if not 0 <= p <= 1:
        raise ValueError("the probability of the token must lie between 0 and 1")
    return -math.log(p) if p > 0 else math.inf


def sequence_loss(dists, tokens):
    return sum(next_token_loss(*pair) for pair in zip(dists, tokens, strict=True))


def perplexity(dists, tokens):
    if not tokens:
        raise ValueError("perplexity needs at least one token")
    return math.exp(sequence_loss(dists, tokens) / len(tokens))


def log_softmax(logits):
    logits = np.asarray(logits, dtype=float)
    below = logits - np.max(logits)
    return below - np.log(np.sum(np.exp(below)))
