"""Three ways to reshape a model's distribution before a token is drawn from it."""

import mpmath
import numpy as np


def apply_temperature(logits, temperature):
    """Return the softmax of logits / temperature.

    Parameters
    ----------
    logits : array_like, shape (n,)
        Unnormalised log-probabilities [nat].
    temperature : float
        Above 1 flattens the distribution, below 1 sharpens it [-].

    Returns
    -------
    ndarray, shape (n,)
        Probabilities [-].

    Raises
    ------
    ValueError
        `temperature` is not positive.
    """
    if not temperature > 0:  # NaN is not
        raise ValueError("the temperature must be positive")
    scaled = np.asarray(logits) / temperature
    powers = np.exp(scaled - np.max(scaled))  # none exceeds 1, so that none overflows
    return powers / np.sum(powers)


def top_k(probs, k):
    """Return probabilities, shape (n,), of the k most probable tokens; ValueError for a bad k."""
    probs = np.asarray(probs)
    if k not in range(1, len(probs) + 1):
        raise ValueError("k must be a number of tokens that there are")
    return _keep(probs, _most_probable_first(probs)[:k])


def top_p(probs, p):
    """Return probabilities, shape (n,), of the fewest tokens that reach p; ValueError for a bad p.

    References
    ----------
    A. Holtzman et al., "The Curious Case of Neural Text Degeneration", ICLR 2020: nucleus sampling.
    """
    probs = np.asarray(probs)
    if not 0 < p <= 1:
        raise ValueError("p must be above 0 and at most 1")
    order = _most_probable_first(probs)
    below = np.searchsorted(np.cumsum(probs[order]), p)  # so many running sums are less than p
    return _keep(probs, order[: below + 1])


def _most_probable_first(probs):
    return np.argsort(-probs, kind="stable")  # stable: equal ones stay in the order of their index


def _keep(probs, kept):
    result = np.zeros(len(probs))
    result[kept] = probs[kept]
    return result / np.sum(result)


def exact_softmax(logits, temperature):
    """Return the same as `apply_temperature` to 50 digits."""
    powers = [mpmath.exp(mpmath.mpf(logit) / temperature) for logit in logits]
    return [power / mpmath.fsum(powers) for power in powers]
