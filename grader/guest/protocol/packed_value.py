"""A value as the bytes of one frame of the wire, to be kept, and back."""

from __future__ import annotations

from .decoding import decode
from .encoding import encode, header_of
from .frames import WireError, frame, read_frame
from .values import Value


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
