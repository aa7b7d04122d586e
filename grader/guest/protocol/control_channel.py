"""Small messages with file descriptors between the trusted side and the zygote.

Sessions have no access to it: their copy is closed before student code runs.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

LIMIT_BYTES = 1024**2
DESCRIPTORS_AT_ONCE = 4


class Message(NamedTuple):
    """A message and the descriptors sent with it."""

    message: Mapping[str, Any]
    descriptors: tuple[int, ...]


class Channel:
    """One end of a stream socket with JSON messages, one per line.

    Parameters
    ----------
    sock : socket.socket
        A connected AF_UNIX stream socket, which the channel will close.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._received = b""

    def fileno(self) -> int:
        """Return the descriptor, for polling."""
        return self.sock.fileno()

    def send(self, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Send a message with descriptors, which stay open here."""
        line = json.dumps(message).encode() + b"\n"
        sent = socket.send_fds(self.sock, [line], list(descriptors)) if descriptors else 0
        self.sock.sendall(line[sent:])

    def receive(self) -> Message | None:
        """Wait for a message; None if the other end is closed.

        Raises
        ------
        TimeoutError
            The socket has a timeout, which has passed.
        ValueError
            The line is longer than 1 MiB, or not a JSON object.
        """
        descriptors: list[int] = []
        while b"\n" not in self._received:
            data, more, _, _ = socket.recv_fds(self.sock, 65536, DESCRIPTORS_AT_ONCE)
            descriptors += more
            if not data:
                close_all(descriptors)
                return None
            self._received += data
            if len(self._received) > LIMIT_BYTES:
                close_all(descriptors)
                raise ValueError(f"a message is longer than {LIMIT_BYTES} bytes")
        line, _, self._received = self._received.partition(b"\n")
        return Message(json_object(line), tuple(descriptors))

    def close(self) -> None:
        """Close this end."""
        self.sock.close()


def json_object(line: bytes) -> Mapping[str, Any]:
    """Read a line as a JSON object."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError(  # noqa: TRY004 (the data are wrong, not an argument)
            f"a message must be a JSON object, got {type(message).__name__}"
        )
    return message


def close_all(descriptors: Sequence[int]) -> None:
    """Close descriptors that will not be used."""
    for descriptor in descriptors:
        os.close(descriptor)
