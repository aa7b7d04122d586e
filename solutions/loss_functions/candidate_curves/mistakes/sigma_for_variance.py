"""Takes the variance for the standard deviation, with a density of its own."""

import matplotlib.pyplot as plt
import numpy as np


def log_density(eps, mu, sigma):
    if sigma <= 0:
        raise ValueError("no spread")
    return -(((np.asarray(eps) - mu) / sigma) ** 2) / 2 - np.log(sigma * np.sqrt(2 * np.pi))


def tryout_likelihood(eps, mu, sigma2):
    return np.exp(np.sum(log_density(eps, mu, sigma2)))


def best_curve(eps, curves):
    return np.argmax([np.sum(log_density(eps, mu, sigma2)) for mu, sigma2 in curves])


def plot_curves(eps, curves):
    fig, ax = plt.subplots()
    ax.hist(eps, bins=10, density=True)
    x = np.linspace(np.min(eps), np.max(eps), 200)
    for mu, sigma2 in curves:
        ax.plot(x, np.exp(log_density(x, mu, sigma2)), label=f"mean {mu}, variance {sigma2}")
    ax.set_xlabel("error")
    ax.set_ylabel("density")
    ax.legend()
