"""One outcome at a time, in plain Python."""

import math


def check_distribution(values):
    for value in values:
        if not 0 <= value <= 1 + 1e-9:
            raise ValueError(f"{value} is not a probability")
    if abs(math.fsum(values) - 1) > 1e-9:
        raise ValueError("the probabilities do not sum to 1")


def kl(p, q):
    if len(p) != len(q):
        raise ValueError("p and q differ in length")
    check_distribution(p)
    check_distribution(q)
    total = 0
    for p_i, q_i in zip(p, q):
        if p_i == 0:
            continue
        if q_i == 0:
            return math.inf
        total += p_i * (math.log(p_i) - math.log(q_i))
    return total


witness = [(0.2, 0.3, 0.5), (0.6, 0.3, 0.1)]

kl_quiz = {"Better": "P broad", "dearest": 1.57}
kl_quiz["punished"] = ["missing"]
