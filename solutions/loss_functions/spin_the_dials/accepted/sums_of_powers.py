"""All that the slopes need to know of the shots is their number, sum and sum of squares."""

from math import exp


def moments(eps):
    n = len(eps)
    if n == 0:
        raise ValueError("no shots")
    mean = sum(eps) / n
    return mean, sum((shot - mean) ** 2 for shot in eps) / n


def slopes(mean, variance, mu, log_sigma):
    weight = exp(-2 * log_sigma)
    return (mu - mean) * weight, 1 - (variance + (mu - mean) ** 2) * weight


def nll_gradient(eps, mu, log_sigma):
    return slopes(*moments(eps), mu, log_sigma)


def fit_normal(eps):
    mean, variance = moments(eps)
    if variance == 0:
        raise ValueError("the shots are all the same")
    mu, log_sigma = 0.0, 0.0
    for _ in range(5000):
        by_mu, by_log_sigma = slopes(mean, variance, mu, log_sigma)
        mu -= 0.1 * by_mu
        log_sigma -= 0.1 * by_log_sigma
    return [mu, exp(log_sigma)]
