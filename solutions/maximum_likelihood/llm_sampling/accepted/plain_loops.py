"""Plain Python: lists, loops and a sort by probability and index."""

import math


def apply_temperature(logits, temperature):
    if math.isnan(temperature) or temperature <= 0:
        raise ValueError("T must be positive")
    largest = max(logits)
    powers = [math.exp((z - largest) / temperature) for z in logits]
    return [power / sum(powers) for power in powers]


def ranking(probs):
    return sorted(range(len(probs)), key=lambda i: (-probs[i], i))


def renormalised(probs, kept):
    total = math.fsum(probs[i] for i in kept)
    return [probs[i] / total if i in kept else 0 for i in range(len(probs))]


def top_k(probs, k):
    if k < 1 or k > len(probs):
        raise ValueError(f"cannot keep {k} tokens")
    return renormalised(probs, ranking(probs)[:k])


def top_p(probs, p):
    if not (p > 0 and p <= 1):
        raise ValueError(f"{p} is no share")
    kept, mass = [], 0.0
    for i in ranking(probs):
        kept.append(i)
        mass += probs[i]
        if mass >= p:
            break
    return renormalised(probs, kept)
