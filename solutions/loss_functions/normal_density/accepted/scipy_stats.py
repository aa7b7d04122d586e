"""The density that scipy has, which takes a standard deviation."""

from scipy.stats import norm


def normal_pdf(eps, mu, sigma2):
    if not sigma2 > 0:
        raise ValueError("the variance must be positive")
    return norm.pdf(eps, loc=mu, scale=sigma2**0.5)
