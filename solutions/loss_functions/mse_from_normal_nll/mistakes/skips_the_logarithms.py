"""From the product to the whole loss in one step."""

import numpy as np

derivation = r"""
-\log \prod_{i=1}^n \frac{1}{\sigma\sqrt{2\pi}} \exp(-\frac{(y_i-\hat y_i)^2}{2\sigma^2})
= n \log(\sigma\sqrt{2\pi}) + \frac{1}{2\sigma^2} \sum_{i=1}^n (y_i-\hat y_i)^2
~ \sum_{i=1}^n (y_i - \hat{y}_i)^2
~ \frac{1}{n} \sum_{i=1}^n (y_i - \hat{y}_i)^2
"""


def mse(y, y_hat):
    y, y_hat = np.asarray(y, dtype=float), np.asarray(y_hat, dtype=float)
    if y.size == 0 or y.shape != y_hat.shape:
        raise ValueError("y and y_hat need the same length, at least 1")
    return np.mean((y - y_hat) ** 2)


def nll_scale(n, sigma):
    _check(n, sigma)
    return n / (2 * sigma**2)


def nll_offset(n, sigma):
    _check(n, sigma)
    return n * np.log(sigma * np.sqrt(2 * np.pi))


def _check(n, sigma):
    if n < 1:
        raise ValueError("n must be at least 1")
    if not sigma > 0:
        raise ValueError("sigma must be positive")
