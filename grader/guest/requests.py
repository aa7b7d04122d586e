"""The session's end of the wire: reads requests and sends replies over a blocking socket."""

from __future__ import annotations

import array
import os
import socket
from contextlib import suppress
from functools import partial
from typing import Any

from .protocol.decoding import decode
from .protocol.encoding import encode, header_of
from .protocol.frames import read_exactly, read_frame, send_frame
from .protocol.values import Value

_FD_BYTES = array.array("i").itemsize


def await_request(sock: socket.socket) -> None:
    """Wait until a request arrives or the other end is closed."""
    with suppress(OSError):  # `receive` will raise it again
        sock.recv(1, socket.MSG_PEEK)


def receive(sock: socket.socket) -> tuple[Value, list[int]] | None:
    """Return the next request and the descriptors sent with it; None if the other end is closed.

    Descriptors arrive with the first byte of a frame; a plain read would lose them.
    """
    descriptors: list[int] = []

    def read(count: int) -> memoryview:
        if not first:
            return read_exactly(sock, count)
        first.clear()
        data, received = _receive_first(sock, count)
        descriptors.extend(received)
        return memoryview(data + bytes(read_exactly(sock, count - len(data))))

    first = [True]
    try:
        header, buffers = read_frame(read)
    except (EOFError, OSError):
        return None
    return decode(header, buffers), descriptors


def receive_alone(sock: socket.socket) -> Value | None:
    """Return the next request, which carries no descriptor; None if the other end is closed."""
    try:
        header, buffers = read_frame(partial(read_exactly, sock))
    except (EOFError, OSError):
        return None
    return decode(header, buffers)


def _receive_first(sock: socket.socket, count: int) -> tuple[bytes, list[int]]:
    if not hasattr(sock, "recvmsg"):  # Windows, where no descriptor can be sent either
        return b"", []
    data, ancillary, _, _ = sock.recvmsg(count, socket.CMSG_SPACE(_FD_BYTES))
    if not data:
        raise EOFError("the other end has closed")
    received = array.array("i")
    for _level, _kind, raw in ancillary:
        received.frombytes(raw[: len(raw) - len(raw) % _FD_BYTES])
    return data, list(received)


def reply(sock: socket.socket, asked: int, number: int, kind: str, payload: Any) -> None:
    """Send one reply, with the number and the kind of its request.

    Parameters
    ----------
    sock : socket.socket
        The session's end.
    asked : int
        Id of the process that got the request. Any other process is a fork that a student's code
        made and that returned from that code; it exits here, because a second reply would end the
        session.
    number, kind : int, str
        Of the request.
    payload : object
        The answer.
    """
    if os.getpid() != asked:
        os._exit(0)
    encoded = encode((number, kind, payload))
    send_frame(sock, header_of(encoded), encoded.buffers)
