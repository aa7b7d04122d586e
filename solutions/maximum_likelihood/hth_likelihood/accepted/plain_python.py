"""Plain Python: a loop over the flips, a hand-written table, a rounded answer."""

import math


def hth_likelihood(p):
    if hasattr(p, "__len__"):
        return [hth_likelihood(one) for one in p]
    if math.isnan(p) or p < 0 or p > 1:
        raise ValueError(f"{p} is not a probability")
    likelihood = 1.0
    for flip in "HTH":
        likelihood *= p if flip == "H" else 1 - p
    return likelihood


hth_table = {0.1: 0.009, 0.3: 0.063, 0.5: 0.125, 0.667: 0.148, 0.8: 0.128, 0.9: 0.081}
best_p = 0.667
hth_quiz = dict(area=0.0833, area_not_one="over_flips")
