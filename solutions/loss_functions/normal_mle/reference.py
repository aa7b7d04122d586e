"""Mean and variance of the normal distribution that makes the shots most likely."""

import numpy as np


def normal_mle(eps):
    """Return the mean of the shots and the mean of their squared distances from it.

    Parameters
    ----------
    eps : array_like, shape (n,)
        Shots.

    Returns
    -------
    tuple of float
        Mean, in the unit of `eps`, and variance, in its square.

    Raises
    ------
    ValueError
        There is no shot.
    """
    eps = np.asarray(eps, dtype=float)
    if eps.size == 0:
        raise ValueError("normal_mle needs at least one shot")
    mu = np.mean(eps)
    return float(mu), float(np.mean((eps - mu) ** 2))


def log_likelihood_of_shots(eps, mu, sigma2):
    """Return the log-likelihood of the shots; the variance is positive."""
    return -0.5 * np.sum((eps - mu) ** 2 / sigma2 + np.log(2 * np.pi * sigma2))


def lead(eps, pair, step, angles):
    """Return the log-likelihood of a pair minus that of the best pair around the reference's.

    Those lie at these angles, a `step` of their own scale away: of a standard deviation for the
    mean, of the variance for the variance.
    """
    mu, sigma2 = normal_mle(eps)
    around = [
        (mu + step * np.cos(angle) * np.sqrt(sigma2), sigma2 * (1 + step * np.sin(angle)))
        for angle in angles
    ]
    return log_likelihood_of_shots(eps, *pair) - max(
        log_likelihood_of_shots(eps, *each) for each in around
    )
