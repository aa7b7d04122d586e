"""Arrays throughout, NumPy numbers as the table's keys, and the best p searched on a grid."""

import numpy as np


def hth_likelihood(p):
    p = np.array(p, dtype=float)
    if np.isnan(p).any() or (p < 0).any() or (p > 1).any():
        raise ValueError("not a probability")
    return p**2 - p**3


points = np.array([0.1, 0.3, 0.5, 0.667, 0.8, 0.9])
hth_table = dict(zip(points, np.round(hth_likelihood(points), 3)))

grid = np.linspace(0, 1, 1001)
best_p = grid[np.argmax(hth_likelihood(grid))]

hth_quiz = {"area": hth_likelihood(grid).mean(), "area_not_one": "over flips"}
