"""Plain Python: one example at a time, `math`, lists."""

import math


def check(y, outputs):
    if not len(y) == len(outputs) > 0:
        raise ValueError("as many predictions as labels, and at least one")
    for label in y:
        if label not in (0, 1):
            raise ValueError(f"{label} is not a label")


def bce(y, y_hat):
    check(y, y_hat)
    total = 0.0
    for label, p in zip(y, y_hat):
        if not 0 <= p <= 1:
            raise ValueError(f"{p} is not a probability")
        likelihood = p if label == 1 else 1 - p
        total += math.inf if likelihood == 0 else -math.log(likelihood)
    return total / len(y)


def softplus(a):
    return a + math.log1p(math.exp(-a)) if a > 0 else math.log1p(math.exp(a))


def bce_with_logits(y, z):
    check(y, z)
    return sum(softplus(-logit if label else logit) for label, logit in zip(y, z)) / len(y)


def sigmoid(a):
    if a < 0:
        return math.exp(a) / (1 + math.exp(a))
    return 1 / (1 + math.exp(-a))


def bce_with_logits_grad(y, z):
    check(y, z)
    return [(sigmoid(logit) - label) / len(y) for label, logit in zip(y, z)]
