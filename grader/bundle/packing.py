"""Convert values to ASCII text and back: the wire's frames, compressed, in base64."""

from __future__ import annotations

import base64
import zlib

from grader.guest.protocol.packed_value import pack, unpack
from grader.guest.protocol.values import Value

LIMIT_CHARACTERS = 150_000
"""Longest accepted text; a cell of a notebook is read up to 200,000 characters."""

_LIMIT_BYTES = 8 << 20


def pack_text(value: Value) -> str:
    """Return a value as text of letters, digits, ``+``, ``/`` and ``=``."""
    return base64.b64encode(zlib.compress(pack(value), 9)).decode("ascii")


def unpack_text(text: str) -> Value:
    """Return the value in a text; ValueError if it holds none or too much."""
    if len(text) > LIMIT_CHARACTERS:
        raise ValueError(f"it is longer than {LIMIT_CHARACTERS:,} characters")
    opened = zlib.decompressobj()
    try:
        content = opened.decompress(base64.b64decode(text, validate=True), _LIMIT_BYTES)
    except zlib.error as error:
        raise ValueError("it is damaged") from error
    if opened.unconsumed_tail:
        raise ValueError(f"it holds more than {_LIMIT_BYTES >> 20} MiB")
    if not opened.eof or opened.unused_data:
        raise ValueError("it is cut short, or something follows its end")
    return unpack(content)
