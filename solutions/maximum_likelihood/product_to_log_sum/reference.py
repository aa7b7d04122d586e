"""Likelihood of labels as a product, its negative logarithm as a sum, and the best of models."""

import numpy as np


def product_score(probs):
    """Return the product of the probabilities that a model gave to the true labels.

    Parameters
    ----------
    probs : array_like, shape (n,)
        Probabilities [-].

    Returns
    -------
    float
        Likelihood of all labels [-].

    Raises
    ------
    ValueError
        One of them is no probability.
    """
    return np.prod(_probabilities(probs))


def nll(probs):
    """Return minus the sum of the logarithms of the same [nat]; inf if one of them is 0."""
    with np.errstate(divide="ignore"):
        return -np.sum(np.log(_probabilities(probs)))


def best_model(probs_by_model):
    """Return the index of the row with the least loss; of equal ones the first.

    Parameters
    ----------
    probs_by_model : array_like, shape (models, n)
        One row of `probs` for each model.

    Returns
    -------
    int
        Index of the row.

    Raises
    ------
    ValueError
        There is no row, or a number that is no probability.
    """
    return np.argmin([nll(row) for row in probs_by_model])  # ValueError if there is none


def _probabilities(probs):
    probs = np.asarray(probs)
    if not np.all((probs >= 0) & (probs <= 1)):  # NaN is not
        raise ValueError("probabilities must lie between 0 and 1")
    return probs
