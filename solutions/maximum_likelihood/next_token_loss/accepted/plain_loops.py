"""Plain Python: loops, `math`, and a list of log-probabilities."""

from math import exp, fsum, inf, log


def next_token_loss(dist, token):
    if token not in dist:
        return inf
    p = dist[token]
    if p == 0:
        return inf
    if not 0 < p <= 1:
        raise ValueError(f"{p} is not a probability")
    return -log(p)


def sequence_loss(dists, tokens):
    if len(dists) != len(tokens):
        raise ValueError("one distribution for each token, please")
    total = 0
    for i in range(len(tokens)):
        total += next_token_loss(dists[i], tokens[i])
    return total


def perplexity(dists, tokens):
    if len(tokens) == 0:
        raise ValueError("no tokens")
    return exp(sequence_loss(dists, tokens) / len(tokens))


def log_softmax(logits):
    largest = max(logits)
    log_total = log(fsum(exp(z - largest) for z in logits))
    return [z - largest - log_total for z in logits]
