"""A default dictionary and the `statistics` module; results are 0-d arrays and tuples."""

import math
import statistics
from collections import defaultdict

import numpy as np


def next_token_loss(dist, token):
    p = defaultdict(float, dist)[token]
    if math.isnan(p) or p < 0 or p > 1:
        raise ValueError("a probability lies between 0 and 1")
    return np.array(math.inf if p == 0 else -math.log(p))


def all_losses(dists, tokens):
    return [float(next_token_loss(*pair)) for pair in zip(dists, tokens, strict=True)]


def sequence_loss(dists, tokens):
    return math.fsum(all_losses(dists, tokens))


def perplexity(dists, tokens):
    losses = all_losses(dists, tokens)
    return math.e ** statistics.fmean(losses)  # which raises a ValueError for no data


def log_softmax(logits):
    spread = tuple(z - max(logits) for z in logits)
    return tuple(z - math.log(sum(map(math.exp, spread))) for z in spread)
