import math


def entropy(p):
    return 0.0 - sum(q * math.log(q) for q in (p, 1 - p) if q > 0)
