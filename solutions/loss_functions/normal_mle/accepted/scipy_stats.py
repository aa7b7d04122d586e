"""The fit that scipy has, which gives a standard deviation."""

from scipy.stats import norm


def normal_mle(eps):
    if len(eps) == 0:
        raise ValueError("no shot")
    mu, sigma = norm.fit(eps)
    return mu, sigma**2
