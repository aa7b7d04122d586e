"""The density of a normal distribution with a given variance."""

import numpy as np


def normal_pdf(eps, mu, sigma2):
    """Return exp(-(eps - mu)**2 / (2 sigma2)) / sqrt(2 pi sigma2).

    Parameters
    ----------
    eps : float or array_like
        Where the density is wanted.
    mu, sigma2 : float
        Mean, in the unit of `eps`, and variance, in the square of that unit.

    Returns
    -------
    float or ndarray
        Density, in one over the unit of `eps`.

    Raises
    ------
    ValueError
        `sigma2` is not positive.
    """
    if not sigma2 > 0:
        raise ValueError("normal_pdf needs a positive variance")
    distance = np.asarray(eps) - mu
    return np.exp(-(distance**2) / (2 * sigma2)) / np.sqrt(2 * np.pi * sigma2)
