"""The trusted end of the wire: one request, one reply, one deadline.

Anything that the other end does results in a value or in `ConnectionLost`. Reading and writing
always have a deadline, and no descriptor is accepted from the other end. Deadlines count the
session's own time, with a backstop in wall-clock time.
"""

from __future__ import annotations

import math
import os
import secrets
import select
import socket
from collections.abc import Sequence

from grader.guest.limits.own_time import OwnTime
from grader.guest.protocol.decoding import decode
from grader.guest.protocol.encoding import encode, header_of
from grader.guest.protocol.frames import Raw, WireError, blank, frame, read_frame
from grader.guest.protocol.values import Value
from grader.sandbox.deadline import Deadline

CLOSED = "closed its connection"
_PIPE_BYTES = 1 << 16
# Beyond that, output is not read any more; its writer waits, and times out.
_DRAINED_BYTES = 256 << 20


class ConnectionLost(Exception):  # noqa: N818
    """The other end cannot be asked any more.

    Attributes
    ----------
    how : str
        What happened, for messages.
    hung : bool
        Whether a deadline passed, as opposed to a closed end or a broken protocol.
    closed : bool
        Whether the end was closed, as when a process dies.
    backstop : bool
        Whether the deadline in wall-clock time passed.
    gone : bool
        Whether the session had ended before the request; `how` is then a whole sentence.
    """

    def __init__(
        self,
        how: str,
        *,
        hung: bool = False,
        closed: bool = False,
        backstop: bool = False,
        gone: bool = False,
    ) -> None:
        self.how = how
        self.hung = hung
        self.closed = closed
        self.backstop = backstop
        self.gone = gone
        super().__init__(how)


class Pipes:
    """The output of a session's processes to their descriptors 1 and 2.

    The descriptors are read ends that do not block; the caller closes them. Of both together,
    `keep_bytes` are kept.
    """

    def __init__(self, stdout: int, stderr: int, keep_bytes: int) -> None:
        self._kept: dict[int, bytearray] = {stdout: bytearray(), stderr: bytearray()}
        self._left = keep_bytes
        self._drained = 0
        self._dropped = 0
        self.open = set(self._kept)

    def drain(self, descriptor: int) -> None:
        """Read once; a pipe that ended, or that floods, is not read again."""
        try:
            data = os.read(descriptor, _PIPE_BYTES)
        except BlockingIOError:
            return
        self._drained += len(data)
        if not data or self._drained > _DRAINED_BYTES:
            self.open.discard(descriptor)
        kept = data[: self._left]
        self._left -= len(kept)
        self._kept[descriptor] += kept
        self._dropped += len(data) - len(kept)

    def take(self) -> tuple[str, str, int]:
        """Return stdout, stderr, and the number of bytes dropped, since the last call."""
        for descriptor in tuple(self.open):
            self.drain(descriptor)
        texts = []
        for kept in self._kept.values():
            texts.append(kept.decode("utf-8", "backslashreplace"))
            kept.clear()
        dropped, self._dropped = self._dropped, 0
        return texts[0], texts[1], dropped

    def close(self) -> None:
        """Stop reading: the descriptors' numbers may soon belong to other files."""
        self.open.clear()


class Connection:
    """A socket to a session, or to a fork of it.

    It closes `sock`, and drains `pipes` while it waits, so that a session that prints does not
    block. `cpu_s` is the processor time that all processes of the session may use together [s].
    """

    def __init__(
        self, sock: socket.socket, pipes: Pipes, clock: OwnTime, cpu_s: float = math.inf
    ) -> None:
        self._cpu_s = cpu_s
        sock.setblocking(False)
        self._clock = clock
        self._sock = sock
        self._pipes = pipes
        self._poll = select.poll()
        self._polled: dict[int, int] = {}

    def ask(
        self, kind: str, *arguments: Value, wait_s: float, descriptors: Sequence[int] = ()
    ) -> Value:
        """Send a request and return the value of its reply.

        `wait_s` is the own time that the session has to answer [s]. Raise ConnectionLost if no
        valid reply comes in time.
        """
        deadline = Deadline(self._clock, wait_s, self._cpu_s)
        number = self._request(kind, arguments, descriptors, deadline)
        try:
            reply = decode(*read_frame(lambda count: self._read(count, deadline)))
        except WireError as error:
            raise ConnectionLost(f"broke the protocol: {error}") from error
        except OSError as error:
            raise ConnectionLost(CLOSED, closed=True) from error
        if type(reply) is not tuple or len(reply) != 3 or reply[:2] != (number, kind):
            raise ConnectionLost("broke the protocol: it answered a question that was not asked")
        return reply[2]

    def tell(self, kind: str, *, wait_s: float, descriptors: Sequence[int]) -> None:
        """Send a request with the end of another connection, over which it is answered.

        Raise ConnectionLost if it cannot be sent in time.
        """
        self._request(kind, (), descriptors, Deadline(self._clock, wait_s, self._cpu_s))

    def _request(
        self, kind: str, arguments: Sequence[Value], descriptors: Sequence[int], deadline: Deadline
    ) -> int:
        """Send a request; return its number."""
        number = secrets.randbits(62)  # unguessable, so that no reply can be sent ahead
        encoded = encode((number, kind, *arguments))
        try:
            self._refuse_early()
            self._send(list(frame(header_of(encoded), encoded.buffers)), descriptors, deadline)
        except WireError as error:
            raise ConnectionLost(f"broke the protocol: {error}") from error
        except OSError as error:
            raise ConnectionLost(CLOSED, closed=True) from error
        return number

    def close(self) -> None:
        """Close the trusted end."""
        self._sock.close()

    def _refuse_early(self) -> None:
        try:
            data = self._sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        if data:
            raise ConnectionLost("broke the protocol: it answered before it was asked, or twice")
        raise ConnectionLost(CLOSED, closed=True)

    def _send(self, pieces: Sequence[Raw], descriptors: Sequence[int], deadline: Deadline) -> None:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                try:
                    if descriptors:
                        sent = socket.send_fds(self._sock, [rest], list(descriptors))
                        descriptors = ()
                    else:
                        sent = self._sock.send(rest)
                    rest = rest[sent:]
                except BlockingIOError:
                    self._wait(select.POLLOUT, deadline)

    def _read(self, count: int, deadline: Deadline) -> memoryview:
        data = rest = blank(count)
        while rest:
            try:
                received = self._sock.recv_into(rest)
                if received == 0:
                    raise ConnectionLost(CLOSED, closed=True)
                rest = rest[received:]
            except BlockingIOError:
                self._wait(select.POLLIN, deadline)
        return data

    def _wait(self, event: int, deadline: Deadline) -> None:
        """Wait until the socket is ready, and drain the pipes in the meantime."""
        ours = self._sock.fileno()
        self._watch({ours: event} | dict.fromkeys(self._pipes.open, select.POLLIN))
        while True:
            late, backstop = deadline.is_over, deadline.backstop_struck
            if (late or backstop) and deadline.looked_once_more:
                raise ConnectionLost("did not answer in time", hung=True, backstop=not late)
            if deadline.cpu_is_spent:
                raise ConnectionLost(f"used more than {self._cpu_s:g} s of processor time")
            # This side may have been suspended: a reply that has arrived by now is not late.
            deadline.looked_once_more = late or backstop
            wait_ms = 0 if deadline.looked_once_more else deadline.wait_s * 1000 + 1
            for descriptor, _ in self._poll.poll(wait_ms):
                if descriptor == ours:
                    return
                self._pipes.drain(descriptor)
                if descriptor not in self._pipes.open:
                    self._poll.unregister(descriptor)
                    del self._polled[descriptor]

    def _watch(self, wanted: dict[int, int]) -> None:
        for descriptor in self._polled.keys() - wanted.keys():
            self._poll.unregister(descriptor)
        for descriptor, events in wanted.items():
            if self._polled.get(descriptor) != events:
                self._poll.register(descriptor, events)
        self._polled = wanted
