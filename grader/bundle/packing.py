"""Values as text of letters, and back: the wire's own frames, compressed, in base64."""

from __future__ import annotations

import base64
import zlib

from grader.guest.protocol.decoding import decode
from grader.guest.protocol.encoding import encode, header_of
from grader.guest.protocol.frames import WireError, frame, read_frame
from grader.guest.protocol.values import Value

LIMIT_CHARACTERS = 150_000
"""Longest text: a cell of a notebook is read up to 200,000 characters."""

_LIMIT_BYTES = 8 << 20


def pack(value: Value) -> bytes:
    """Return a value as bytes.

    Raises
    ------
    WireError
        It is over a cap of the wire.
    """
    encoded = encode(value)
    return b"".join(bytes(piece) for piece in frame(header_of(encoded), encoded.buffers))


def unpack(content: bytes) -> Value:
    """Return the value that bytes hold; ValueError where they hold none."""
    view, at = memoryview(content), 0

    def read(count: int) -> memoryview:
        nonlocal at
        at += count
        if at > len(view):
            raise WireError("it is cut short")
        return view[at - count : at]

    try:
        header, buffers = read_frame(read)
        # Arrays get memory of their own: numpy may not write into that of a bytes object.
        value = decode(header, [bytearray(buffer) for buffer in buffers])
    except WireError as error:
        raise ValueError(str(error)) from error
    if at != len(view):
        raise ValueError("something follows its end")
    return value


def pack_text(value: Value) -> str:
    """Return a value as a text of letters, digits, ``+``, ``/`` and ``=``."""
    return base64.b64encode(zlib.compress(pack(value), 9)).decode("ascii")


def unpack_text(text: str) -> Value:
    """Return the value that a text holds; ValueError where it holds none, or too much."""
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
