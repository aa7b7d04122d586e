"""Binary cross-entropy of probabilities and of logits, and its gradient.

With the probability of what came true, p = y_hat for y = 1 and 1 - y_hat for y = 0, the loss is the
mean of -log p. For a logit, -log p = log(1 + exp(-z)) for y = 1 and log(1 + exp(z)) for y = 0.
"""

import mpmath
import numpy as np


def bce(y, y_hat):
    """Return the mean of minus the log-probability of each label.

    Parameters
    ----------
    y : array_like, shape (n,)
        Labels, each 0 or 1.
    y_hat : array_like, shape (n,)
        Predicted probability of a 1 [-].

    Returns
    -------
    float
        Loss [nat]; inf where a prediction is certain and wrong.

    Raises
    ------
    ValueError
        No example, different lengths, other labels, or a prediction outside [0, 1] or NaN.
    """
    y, y_hat = _examples(y, y_hat)
    if not np.all((y_hat >= 0) & (y_hat <= 1)):  # NaN fails both comparisons
        raise ValueError("predictions must lie between 0 and 1")
    with np.errstate(divide="ignore"):  # log 0 is -inf, as it should be
        return -np.mean(np.log(np.where(y == 1, y_hat, 1 - y_hat)))


def bce_with_logits(y, z):
    """Return the same for predictions sigmoid(z), without computing them."""
    y, z = _examples(y, z)
    return np.mean(np.logaddexp(0, np.where(y == 1, -z, z)))


def bce_with_logits_grad(y, z):
    """Return the gradient with respect to z, shape (n,): (sigmoid(z) - y) / n."""
    y, z = _examples(y, z)
    sigmoid = np.exp(-np.logaddexp(0, -z))
    return (sigmoid - y) / len(y)


def _examples(y, outputs):
    y, outputs = np.asarray(y), np.asarray(outputs)
    if y.shape != outputs.shape or len(y) == 0 or not np.all((y == 0) | (y == 1)):
        raise ValueError("each of one or more labels, 0 or 1, needs one prediction")
    return y, outputs


def exact_bce_with_logits(y, z):
    """Return the same as `bce_with_logits` to 50 digits."""
    wrong = [-mpmath.mpf(float(z_i)) if y_i else mpmath.mpf(float(z_i)) for y_i, z_i in zip(y, z)]
    return mpmath.fsum(mpmath.log1p(mpmath.exp(z_i)) for z_i in wrong) / len(wrong)
