r"""A textbook's way: lines with names, braces under terms, words beside them, y^{(i)} for y_i."""

import numpy as np

derivation = r"""
\begin{align}
L &= \prod_{i=1}^{n}
  \frac{1}{\sqrt{2\pi}\,\sigma}\, e^{-\frac{(y^{(i)}-\hat{y}^{(i)})^2}{2\sigma^2}}, \\
-\log L ={}& -\sum_{i=1}^{n} \log\left(
    \frac{1}{\sqrt{2\pi}\,\sigma}\, e^{-\frac{(y^{(i)}-\hat{y}^{(i)})^2}{2\sigma^2}}
  \right) \tag{1} \\
={}& \underbrace{n\log(\sigma\sqrt{2\pi})}_{\text{no prediction}}
  + \frac{1}{2\sigma^2} \sum_{i=1}^{n} (y^{(i)}-\hat{y}^{(i)})^2 \\
\sim{}& \sum_{i=1}^{n} (y^{(i)}-\hat{y}^{(i)})^2 \quad \text{since $\sigma$ is fixed} \\
\sim{}& \frac1n \sum_{i=1}^{n} (y^{(i)}-\hat{y}^{(i)})^2 = \text{MSE}.
\end{align}
"""


def mse(y, y_hat):
    y, y_hat = np.atleast_1d(y), np.atleast_1d(y_hat)
    if y.shape != y_hat.shape or y.shape == (0,):
        raise ValueError("y and y_hat must match")
    return np.average((y_hat - y) ** 2)


def nll_scale(n, sigma):
    if n < 1 or sigma <= 0:
        raise ValueError("no examples, or no spread")
    return n * 0.5 / sigma**2


def nll_offset(n, sigma):
    if n < 1 or sigma <= 0:
        raise ValueError("no examples, or no spread")
    return n * (np.log(sigma) + 0.5 * np.log(2 * np.pi))
