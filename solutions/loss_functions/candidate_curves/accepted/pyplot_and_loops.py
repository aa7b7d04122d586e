"""Plain loops, and `plt` for everything: the figure is the current one."""

import math

import matplotlib.pyplot as plt


def tryout_likelihood(eps, mu, sigma2):
    likelihood = 1.0
    for shot in eps:
        likelihood *= normal_pdf(shot, mu, sigma2)
    return likelihood


def log_likelihood_of_curve(eps, mu, sigma2):
    total = 0.0
    for shot in eps:
        total += (shot - mu) ** 2
    return -total / (2 * sigma2) - len(eps) * math.log(math.sqrt(2 * math.pi * sigma2))


def best_curve(eps, curves):
    best = 0
    for index in range(len(curves)):
        if log_likelihood_of_curve(eps, *curves[index]) > log_likelihood_of_curve(
            eps, *curves[best]
        ):
            best = index
    return best


def plot_curves(eps, curves):
    plt.hist(eps, density=True)
    lowest, highest = min(eps) - 1, max(eps) + 1
    x = [lowest + (highest - lowest) * step / 99 for step in range(100)]
    names = []
    for mu, sigma2 in curves:
        plt.plot(x, [normal_pdf(one, mu, sigma2) for one in x])
        names.append(f"N({mu}, {sigma2})")
    plt.legend(names)
    plt.xlabel("how far past the target")
    plt.ylabel("density")
    plt.title("Tryout")
    plt.show()
