"""`math.prod`, `math.fsum` and `list.index`."""

from math import fsum, inf, log, prod


def product_score(probs):
    return float(prod(valid(probs)))


def nll(probs):
    probs = valid(probs)
    return inf if 0 in probs else fsum(log(1 / p) if p > 1e-300 else -log(p) for p in probs)


def best_model(probs_by_model):
    losses = [nll(probs) for probs in probs_by_model]
    return losses.index(min(losses))


def valid(probs):
    probs = [float(p) for p in probs]
    if all(p >= 0 and p <= 1 for p in probs):
        return probs
    raise ValueError("all of them must be probabilities")
