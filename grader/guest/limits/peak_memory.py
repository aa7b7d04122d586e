"""How much memory a call takes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

from ..protocol.values import Value


def with_peak(call: Callable[[], Value]) -> tuple[Value, int]:
    """Return what a call returns, and the most memory that it held at a time [byte].

    What Python and numpy allocated before does not count, nor what a library of another language
    allocates past them. A call that is out to deceive could understate it.
    """
    tracemalloc.start()
    try:
        value = call()
        return value, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
