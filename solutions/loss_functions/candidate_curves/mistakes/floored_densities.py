"""Takes no density for smaller than 1e-10, so that a shot far off counts too little."""

import matplotlib.pyplot as plt
import numpy as np


def tryout_likelihood(eps, mu, sigma2):
    return np.prod(normal_pdf(eps, mu, sigma2))


def best_curve(eps, curves):
    densities = [np.maximum(normal_pdf(eps, mu, sigma2), 1e-10) for mu, sigma2 in curves]
    return np.argmax([np.sum(np.log(each)) for each in densities])


def plot_curves(eps, curves):
    fig, ax = plt.subplots()
    ax.hist(eps, bins=10, density=True)
    x = np.linspace(np.min(eps), np.max(eps), 200)
    for mu, sigma2 in curves:
        ax.plot(x, normal_pdf(x, mu, sigma2), label=f"mean {mu}, variance {sigma2}")
    ax.set_xlabel("error")
    ax.set_ylabel("density")
    ax.legend()
