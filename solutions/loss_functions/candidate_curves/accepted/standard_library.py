"""`statistics.NormalDist` and `math.prod`; bars from `np.histogram`, and the axes come back."""

import math
from statistics import NormalDist

import matplotlib.pyplot as plt
import numpy as np


def tryout_likelihood(eps, mu, sigma2):
    if sigma2 <= 0:
        raise ValueError("no spread")
    curve = NormalDist(mu, math.sqrt(sigma2))
    return math.prod(curve.pdf(shot) for shot in eps)


def best_curve(eps, curves):
    def loss(index):
        mu, sigma2 = curves[index]
        return math.fsum((shot - mu) ** 2 / sigma2 + math.log(sigma2) for shot in eps)

    return min(range(len(curves)), key=loss)


def plot_curves(eps, curves):
    heights, edges = np.histogram(eps, bins=6, density=True)
    _, ax = plt.subplots()
    ax.bar(edges[:-1], heights, width=np.diff(edges), align="edge", color="lightgrey")
    x = np.linspace(edges[-1] + 0.5, edges[0] - 0.5, 301)
    for index, (mu, sigma2) in enumerate(curves, 1):
        curve = NormalDist(mu, sigma2**0.5)
        ax.plot(x, [curve.pdf(one) for one in x], "--", label=f"no. {index}")
    ax.set(xlabel="error", ylabel="density")
    ax.legend(loc="best")
    return ax
