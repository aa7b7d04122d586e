"""Losses of a language model: of one token, of a text, per token, and from logits."""

import math

import mpmath
import numpy as np


def next_token_loss(dist, token):
    """Return minus the log-probability of a token.

    Parameters
    ----------
    dist : dict of str to float
        Probability of each token [-]; 0 where a token is not named.
    token : str
        The token that came.

    Returns
    -------
    float
        Loss [nat]; inf for an impossible token.

    Raises
    ------
    ValueError
        The probability of `token` is outside [0, 1] or NaN.
    """
    p = dist.get(token, 0.0)
    if not 0 <= p <= 1:  # NaN fails both comparisons
        raise ValueError("the probability of the token must lie between 0 and 1")
    return -math.log(p) if p > 0 else math.inf


def sequence_loss(dists, tokens):
    """Return the sum of the losses [nat]; ValueError where the lists differ in length."""
    return sum(next_token_loss(*pair) for pair in zip(dists, tokens, strict=True))


def perplexity(dists, tokens):
    """Return e to the mean loss; ValueError where there is no token, or as `sequence_loss`."""
    if not tokens:
        raise ValueError("perplexity needs at least one token")
    return math.exp(sequence_loss(dists, tokens) / len(tokens))


def log_softmax(logits):
    """Return log-probabilities, ndarray of shape (n,), of logits of shape (n,).

    The largest logit's power is 1 and stays out of the sum: beside a nearly certain token the
    others add 1e-9 or less, of which 1 + 1e-9 keeps half the digits, and log1p all.
    """
    below = np.subtract(logits, np.max(logits))  # no power overflows then
    others = np.exp(np.delete(below, np.argmax(below)))
    return below - np.log1p(np.sum(others))


def exact_log_softmax(logits):
    """Return the same to 50 digits, those of a nearly certain token included."""
    logits = [mpmath.mpf(float(logit)) for logit in logits]
    others = [[*logits[:i], *logits[i + 1 :]] for i in range(len(logits))]
    return [
        -mpmath.log1p(mpmath.fsum(mpmath.exp(other - logit) for other in rest))
        for logit, rest in zip(logits, others, strict=True)
    ]
