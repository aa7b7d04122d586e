"""The forms that values take on the wire, known to both the writer and the reader.

A value is written as a flat run of msgpack tokens. None, bool, float, an int of up to 64 bits and
a short str stand for themselves; everything else is a tag (a bytes token, which no value is on its
own) followed by its parts. Bytes of arrays and of long texts lie in the frame's buffers, in the
order in which their tags come. A flat run cannot nest in msgpack, so a reader's memory is bounded
by the header's length.

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
ABSENT = object()  # where None is a value

_DTYPES = frozenset(
    ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
)
LITTLE = {np.dtype(f"<{name}"): name for name in _DTYPES}
"""Names of the dtypes whose bytes are sent as they stand; texts are apart."""

_STR_DTYPE = re.compile(r"U([1-9][0-9]{0,3})", re.ASCII)


def is_wire_dtype(name: str) -> bool:
    """Return whether arrays of a dtype (kind and item size, without byte order) may be sent."""
    return name in _DTYPES or _STR_DTYPE.fullmatch(name) is not None


def size_of_array(shape: Sequence[Any], itemsize: int) -> int:
    """Return how many bytes an array takes; refuse one whose empty axes hide a huge one."""
    if len(shape) > MAX_DEPTH:
        raise WireError(f"an array of {len(shape)} dimensions, at most {MAX_DEPTH} are allowed")
    size = bound = itemsize
    for length in shape:
        size *= length
        bound *= max(length, 1)
        if bound > MAX_RAW_BYTES:
            raise WireError(f"an array of more than {MAX_RAW_BYTES >> 20} MiB")
    return size


_PART_BYTES = 1 << 20  # looked at together
_WIDE = (0xF0, 0xC4)  # first bytes of letters that make a text take 4, or 2, bytes a letter


def unpacked_size(raw: Raw) -> int:
    """Return how many bytes the letters of a UTF-8 text take: one of them can make it fourfold."""
    data = np.frombuffer(raw, np.uint8)
    parts = [data[start : start + _PART_BYTES] for start in range(0, len(data), _PART_BYTES)]
    highest = max((int(part.max()) for part in parts), default=0)
    if highest < 0x80:
        return len(data)
    letters = sum(int(np.count_nonzero((part & 0xC0) != 0x80)) for part in parts)
    return letters * (4 if highest >= _WIDE[0] else 2 if highest >= _WIDE[1] else 1)
