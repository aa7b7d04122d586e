"""A table of candidates, with logarithms that scipy sums; flips are counted by pandas."""

import numpy as np
import pandas as pd
from scipy.special import logsumexp, xlog1py, xlogy


def counts(flips):
    found = pd.Series(list(flips), dtype=object).value_counts()
    if not set(found.index) <= {"H", "T"}:
        raise ValueError("a flip is H or T")
    return int(found.get("H", 0)), int(found.get("T", 0))


def grid_posterior(flips, grid, prior):
    heads, tails = counts(flips)
    table = pd.DataFrame({"p": np.asarray(grid, float), "prior": np.asarray(prior, float)})
    if table.empty or not (table["p"].between(0, 1) & (table["prior"] >= 0)).all():
        raise ValueError("not a grid of probabilities with weights")
    with np.errstate(divide="ignore"):
        log = np.log(table["prior"]) + xlogy(heads, table["p"]) + xlog1py(tails, -table["p"])
    if np.max(log) == -np.inf:
        raise ValueError("nothing on the grid can give these flips")
    return np.exp(log - logsumexp(log)).to_numpy()


def beta_posterior(flips, a, b):
    if not (a > 0 and b > 0):
        raise ValueError("a and b are positive")
    heads, tails = counts(flips)
    return a + heads, b + tails


def map_estimate(flips, a, b):
    a, b = beta_posterior(flips, a, b)
    if not (a > 1 and b > 1):
        raise ValueError("no peak between 0 and 1")
    return (a - 1) / (a + b - 2)
