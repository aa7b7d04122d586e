"""Likelihood of the flips heads, tails, heads.

The flips are independent, so their probabilities multiply: L(p) = p (1 - p) p.
Its slope p (2 - 3 p) is 0 inside (0, 1) only at p = 2/3, where L = 4/27. It is a probability of the
flips for each p, and none over p: its area is 1/12.
"""

import numpy as np


def hth_likelihood(p):
    """Return L(p) for a probability or an array of them.

    Parameters
    ----------
    p : float or array_like
        Probability of heads [-].

    Returns
    -------
    float or ndarray
        Likelihood [-], of the shape of `p`.

    Raises
    ------
    ValueError
        A probability is outside [0, 1] or NaN.
    """
    p = np.asarray(p, dtype=float)
    if not np.all((p >= 0) & (p <= 1)):  # NaN fails both comparisons
        raise ValueError("p must lie between 0 and 1")
    return p * (1 - p) * p


hth_table = {p: float(hth_likelihood(p)) for p in (0.1, 0.3, 0.5, 0.667, 0.8, 0.9)}

best_p = 2 / 3

# The integral of p**2 - p**3 from 0 to 1.
hth_quiz = {"area": 1 / 12, "area_not_one": "over_flips"}
