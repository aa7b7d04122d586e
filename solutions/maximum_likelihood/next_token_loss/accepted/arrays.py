"""NumPy throughout: an array of probabilities first, then its logarithm; `logaddexp` for logits."""

import numpy as np


def probabilities_of(dists, tokens):
    if len(dists) != len(tokens):
        raise ValueError("as many distributions as tokens are needed")
    p = np.array([dist.get(token, 0) for dist, token in zip(dists, tokens)], dtype=float)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("not a probability")
    return p


def losses(dists, tokens):
    with np.errstate(divide="ignore"):
        return -np.log(probabilities_of(dists, tokens))


def next_token_loss(dist, token):
    return losses([dist], [token])[0]


def sequence_loss(dists, tokens):
    return np.sum(losses(dists, tokens))


def perplexity(dists, tokens):
    if not dists:
        raise ValueError("the mean of nothing")
    return np.exp(np.mean(losses(dists, tokens)))


def log_softmax(logits):
    z = np.array(logits, dtype=np.float64)
    return z - np.logaddexp.reduce(z)
