"""All curves in one array; a `Figure` of its own, outlines for bars and a legend of the figure."""

import numpy as np
from matplotlib.figure import Figure


def log_densities_of_curves(eps, curves):
    mu, sigma2 = np.array(curves, dtype=float).T[:, :, None]
    return -0.5 * (np.log(2 * np.pi * sigma2) + (np.asarray(eps) - mu) ** 2 / sigma2)


def tryout_likelihood(eps, mu, sigma2):
    if not sigma2 > 0:
        raise ValueError("the variance must be positive")
    return np.exp(log_densities_of_curves(eps, [(mu, sigma2)]).sum())


def best_curve(eps, curves):
    return log_densities_of_curves(eps, curves).sum(axis=1).argmax()


def plot_curves(eps, curves):
    figure = Figure()
    ax = figure.add_subplot()
    ax.hist(eps, bins=np.linspace(min(eps), max(eps), 12), density=True, histtype="stepfilled")
    x = np.linspace(min(eps), max(eps), 50)
    lines = ax.plot(x, np.exp(log_densities_of_curves(x, curves)).T)
    figure.legend(lines, [f"mean {mu}, variance {sigma2}" for mu, sigma2 in curves])
    figure.supxlabel("error")
    figure.supylabel("density")
    return [figure, lines]
