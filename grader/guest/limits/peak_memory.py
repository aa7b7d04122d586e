"""Measures the peak memory of a call."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

from ..protocol.values import Value


def with_peak(call: Callable[[], Value]) -> tuple[Value, int]:
    """Return the result of a call, and its peak memory [byte].

    Only allocations by Python and numpy during the call count. A hostile call could understate it.
    """
    tracemalloc.start()
    try:
        value = call()
        return value, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
