"""Through logarithms: the exponential of a sum; the best p is a fraction of the flips."""

from fractions import Fraction

import numpy as np


class NotAProbability(ValueError):
    pass


def hth_likelihood(p):
    p = np.asarray(p)
    if not ((0 <= p).all() and (p <= 1).all()):
        raise NotAProbability(p)
    with np.errstate(divide="ignore"):  # log 0 is -inf, and exp(-inf) is the 0 that is wanted
        return np.exp(2 * np.log(p) + np.log1p(-p))


hth_table = {}
for tenths in (1, 3, 5, 6.67, 8, 9):
    hth_table[round(tenths / 10, 3)] = hth_likelihood(tenths / 10)

best_p = float(Fraction("HTH".count("H"), len("HTH")))

hth_quiz = {}
hth_quiz["Area"] = Fraction(1, 12)
hth_quiz["area not one"] = (
    "The likelihood is a probability of flips for each p, and no distribution over p"
)
