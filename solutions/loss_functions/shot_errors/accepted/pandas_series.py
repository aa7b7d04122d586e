"""Columns of pandas, subtracted row by row."""

import numpy as np
import pandas as pd


def shot_errors(landing, target):
    return pd.Series(np.asarray(landing)) - np.asarray(target)


def prediction_errors(y, y_hat):
    return pd.DataFrame({"y": np.asarray(y), "y_hat": np.asarray(y_hat)}).eval("y - y_hat")
