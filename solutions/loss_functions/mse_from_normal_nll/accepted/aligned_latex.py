r"""An aligned block of LaTeX with `\sim`, terms that come before they go, and other names."""

import numpy as np

derivation = r"""
\begin{align*}
& -\ln \prod_{j=1}^{n} \frac{1}{\sqrt{2\pi\sigma^2}} e^{-\frac{1}{2} ((y_j-\hat y_j) / \sigma)^2} \\
&= \sum_{j} \left( \frac{1}{2} \ln(2\pi\sigma^2) + \frac{(y_j - \hat y_j)^2}{2\sigma^2} \right) \\
&= \frac{n}{2}\ln(2\pi\sigma^2) + \frac{1}{2} \sum_{j} (\frac{y_j - \hat y_j}{\sigma})^2 \\
&= \frac{n}{2}\ln(2\pi\sigma^2) + \frac{n}{2\sigma^2} \cdot \frac{1}{n}\sum_j (\hat y_j - y_j)^2 \\
&\sim \frac{n}{2\sigma^2} \cdot \frac{1}{n} \sum_{j=1}^{n} \left| y_j - \hat y_j \right|^2 \\
&\sim \frac{1}{n} \sum_{j=1}^{n} \left| y_j - \hat y_j \right|^2
\end{align*}
"""


def _domain(n, sigma):
    if n <= 0 or sigma <= 0:
        raise ValueError("outside of the domain")


def mse(y, y_hat):
    residuals = np.subtract(y, y_hat) if len(y) == len(y_hat) else []
    if len(residuals) == 0:
        raise ValueError("nothing to average")
    return float(residuals @ residuals / len(residuals))


def nll_scale(n, sigma):
    _domain(n, sigma)
    return n / 2 * sigma**-2.0


def nll_offset(n, sigma):
    _domain(n, sigma)
    return n / 2 * np.log(2 * np.pi * sigma**2)
