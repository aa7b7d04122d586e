"""Measures and limits the memory of answers while they are judged.

A student may answer 64 MiB to each of a thousand questions. Answers are therefore kept only up to a
limit, also those of the reference and of known mistakes, so that a check that needs more fails with
its own reference.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable

import numpy as np

from grader.guest.protocol.conversions import encode_plain
from grader.guest.protocol.encoding import header_of, opaque
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.values import Answer, Opaque, Returned, Value

ANSWERS_BYTES = 64 << 20
"""Memory that the answers to the calls of one check may take together."""

_LIGHT = frozenset({float, int, bool, type(None), complex})
_LIGHT_BYTES = 32


def weight_of(value: Value) -> int:
    """Return the approximate memory of a value [byte]."""
    kind = type(value)
    if kind in _LIGHT:
        return _LIGHT_BYTES
    if kind is np.ndarray:
        return int(value.nbytes) + 112
    if kind is dict:
        return sys.getsizeof(value) + _weight_of_all(value) + _weight_of_all(value.values())
    if kind in (list, tuple, set):
        return sys.getsizeof(value) + _weight_of_all(value)
    return sys.getsizeof(value)


def _weight_of_all(values: Iterable[Value]) -> int:
    items = list(values)
    if _LIGHT.issuperset(map(type, items)):
        return _LIGHT_BYTES * len(items)
    return sum(map(weight_of, items))


class Allowance:
    """The remaining memory for the answers of a check.

    Parameters
    ----------
    limit_bytes : int
        The limit for all answers together [byte].
    """

    def __init__(self, limit_bytes: int = ANSWERS_BYTES) -> None:
        self._left = limit_bytes

    def has_room(self, answer: Answer) -> bool:
        """Reserve memory for an answer; return whether enough was left."""
        if not isinstance(answer, Returned):
            return True
        weight = weight_of(answer.value)
        if weight > self._left:
            return False
        self._left -= weight
        return True

    def take(self, answer: Answer) -> Answer:
        """Return an answer, or a placeholder if not enough memory is left for it."""
        if self.has_room(answer) or not isinstance(answer, Returned):
            return answer
        kind = type(answer.value).__name__
        return Returned(Opaque(f"{kind} too large to keep", "<too large>"), answer.changed)


def digest_of(value: Value) -> Value:
    """Return a small value that is the same only for equal values."""
    try:
        encoded = encode_plain(value)
    except WireError:  # it arrived in parts, and is too large as a whole
        return ("large", opaque(type(value)).text)
    digest = hashlib.blake2b(header_of(encoded))
    for raw in encoded.buffers:
        digest.update(raw)
    return ("large", digest.hexdigest())
