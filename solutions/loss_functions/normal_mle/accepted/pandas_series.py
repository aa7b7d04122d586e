"""A column of pandas, whose variance divides by n - 1 unless told otherwise."""

import pandas as pd


def normal_mle(eps):
    shots = pd.Series(eps, dtype=float)
    if shots.empty:
        raise ValueError("no shot")
    return shots.mean(), shots.var(ddof=0)
