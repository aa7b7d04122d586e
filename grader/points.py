"""How points are rounded; nothing else rounds them.

Points are exact while an exercise is judged. The score of an exercise is rounded once, when it is
reported: half up, to two decimals. Totals add such scores, so that each total is the sum of the
numbers that stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import MAX_PREC, ROUND_HALF_UP, Context, Decimal

__all__ = ["rounded", "total"]

_CENT = Decimal("0.01")
# The precision of the usual context would refuse a number of 30 digits.
_HALF_UP = Context(prec=MAX_PREC, rounding=ROUND_HALF_UP)


def rounded(points: Decimal) -> Decimal:
    """Return points to two decimals; a half goes up.

    Examples
    --------
    >>> rounded(Decimal("0.125")), rounded(Decimal("2.675")), rounded(Decimal("0.004"))
    (Decimal('0.13'), Decimal('2.68'), Decimal('0.00'))
    """
    return _HALF_UP.plus(points.quantize(_CENT, context=_HALF_UP))  # -0.00 becomes 0.00


def total(scores: Iterable[Decimal]) -> Decimal:
    """Return the sum of the scores of exercises, each as it is reported.

    Examples
    --------
    >>> total([Decimal("0.125"), Decimal("0.125")])
    Decimal('0.26')
    """
    return sum(map(rounded, scores), Decimal(0))
