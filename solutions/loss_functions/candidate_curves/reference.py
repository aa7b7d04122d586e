"""The likelihood of a few candidate curves, the best of them, and a figure of them all."""

import matplotlib.pyplot as plt
import numpy as np


def tryout_likelihood(eps, mu, sigma2):
    """Return the product of the densities of all shots under one curve.

    Parameters
    ----------
    eps : array_like, shape (n,)
        Shots.
    mu, sigma2 : float
        Mean and variance of the curve.

    Returns
    -------
    float
        Likelihood, in one over the unit of `eps` to the power n.

    Raises
    ------
    ValueError
        `sigma2` is not positive.
    """
    return float(np.prod(normal_pdf(eps, mu, sigma2)))


def best_curve(eps, curves):
    """Return the index of the curve with the highest likelihood, compared in logarithms.

    Parameters
    ----------
    eps : array_like, shape (n,)
        Shots.
    curves : sequence of pairs
        Mean and variance of each curve.
    """
    # One density does not underflow within 38 standard deviations; the product of many does.
    logs = [np.sum(np.log(normal_pdf(eps, mu, sigma2))) for mu, sigma2 in curves]
    return int(np.argmax(logs))


def plot_curves(eps, curves):
    """Draw a histogram of the shots as a density, and each curve as a line with a name."""
    _, axes = plt.subplots()
    axes.hist(eps, density=True)
    x = np.linspace(np.min(eps), np.max(eps))
    for mu, sigma2 in curves:
        axes.plot(x, normal_pdf(x, mu, sigma2), label=f"mean {mu:g}, variance {sigma2:g}")
    axes.set_xlabel("error")
    axes.set_ylabel("density")
    axes.legend()
