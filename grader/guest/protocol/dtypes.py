"""The wire format of values, shared by encoder and decoder.

A value is encoded as a flat sequence of msgpack tokens. None, bool, float, an int of up to 64 bits
and a short str encode themselves. Everything else is a tag (a bytes token, which is never a value),
followed by its parts. The bytes of arrays and long texts are in the frame's buffers, in the order
of their tags. Since the msgpack data do not nest, the header's length bounds the decoder's memory.

==========  ======================================================================
tag         parts
==========  ======================================================================
``i``       a large int: two's complement, little end first, as bytes
``c``       a complex: real part, imaginary part
``b``       bytes
``S, B``    a long str as UTF-8, long bytes: the next buffer
``l, t, s`` a list, tuple or set: its length, its items
``d``       a dict: its length, then key and value by turns
``a``       an array: dtype, number of axes, each length, and the next buffer (C order)
``o``       an `Opaque`: type name, text
==========  ======================================================================
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from .frames import MAX_DEPTH, MAX_RAW_BYTES, Raw, WireError

MAX_INT_BYTES = 1024  # 2,466 digits; Python refuses to print more than 4,300
SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})
ABSENT = object()  # for keys and items where None is a value

_DTYPES = frozenset(
    ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
)
LITTLE = {np.dtype(f"<{name}"): name for name in _DTYPES}
"""Dtypes whose bytes are sent unchanged; text arrays are handled separately."""

_STR_DTYPE = re.compile(r"U([1-9][0-9]{0,3})", re.ASCII)


def is_wire_dtype(name: str) -> bool:
    """Return whether arrays of a dtype (kind and item size, without byte order) can be sent."""
    return name in _DTYPES or _STR_DTYPE.fullmatch(name) is not None


def size_of_array(shape: Sequence[Any], itemsize: int) -> int:
    """Return the size of an array in bytes; refuse a huge axis beside an empty one."""
    if len(shape) > MAX_DEPTH:
        raise WireError(f"an array of {len(shape)} dimensions, at most {MAX_DEPTH} are allowed")
    size = bound = itemsize
    for length in shape:
        size *= length
        bound *= max(length, 1)
        if bound > MAX_RAW_BYTES:
            raise WireError(f"an array of more than {MAX_RAW_BYTES >> 20} MiB")
    return size


_PART_BYTES = 1 << 20  # bytes checked at once
# The lowest first bytes, in UTF-8, of characters for which Python stores 4, or 2, bytes each.
_WIDE = (0xF0, 0xC4)


def unpacked_size(raw: Raw) -> int:
    """Return the size of a UTF-8 text in memory: one character can quadruple it."""
    data = np.frombuffer(raw, np.uint8)
    parts = [data[start : start + _PART_BYTES] for start in range(0, len(data), _PART_BYTES)]
    highest = max((int(part.max()) for part in parts), default=0)
    if highest < 0x80:
        return len(data)
    letters = sum(int(np.count_nonzero((part & 0xC0) != 0x80)) for part in parts)
    return letters * (4 if highest >= _WIDE[0] else 2 if highest >= _WIDE[1] else 1)
