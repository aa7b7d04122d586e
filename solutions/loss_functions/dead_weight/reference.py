"""What minimises the normal NLL: a constant with sigma fixed, and sigma with predictions fixed.

References
----------
C. M. Bishop, "Pattern Recognition and Machine Learning" (Springer, 2006), section 1.2.5, equation
(1.63): one over the squared sigma of maximum likelihood is one over the mean squared error.
"""

import numpy as np


def best_constant(y, sigma, grid):
    """Return the number of the grid with the least mean squared error, which sigma cannot change.

    Parameters
    ----------
    y : array_like, shape (n,)
        Data.
    sigma : float
        Standard deviation of the errors, in the unit of `y`.
    grid : array_like, shape (m,)
        Candidates, in the unit of `y`.

    Returns
    -------
    float
        The best of them; of equal ones the first.

    Raises
    ------
    ValueError
        There are no data or no candidates, or `sigma` is not positive.
    """
    if not sigma > 0:
        raise ValueError("sigma must be positive")
    return min(grid, key=lambda c: _mse(y, np.full(len(y), c)))  # ValueError if there is none


def best_sigma(y, y_hat):
    """Return the root of the mean squared error, where the derivative by sigma is 0.

    Raises
    ------
    ValueError
        There are no data, or not as many predictions.
    """
    return np.sqrt(_mse(y, y_hat))


def _mse(y, y_hat):
    if len(y) == 0 or len(y) != len(y_hat):
        raise ValueError("y needs at least one value, and y_hat as many")
    return np.mean(np.subtract(y, y_hat) ** 2)
