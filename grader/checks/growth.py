"""How fast something grows with a size: the exponent of a power law."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["growth_exponent"]


def growth_exponent(sizes: Sequence[int], amounts: Sequence[float]) -> float:
    """Return the slope of a line through the logarithms, by least squares.

    Parameters
    ----------
    sizes : sequence of int
        At least two different ones, positive.
    amounts : sequence of float
        What was measured at each of them, positive.

    Examples
    --------
    >>> growth_exponent([10, 100, 1000], [2.0, 200.0, 20000.0])
    2.0
    """
    slope, _ = np.polyfit(np.log(sizes), np.log(amounts), 1)
    return round(float(slope), 9)
