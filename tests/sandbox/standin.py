"""A stand-in for a session's process: a fork of the test, which does as a test tells it."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from grader.guest.protocol.decoding import decode
from grader.guest.protocol.encoding import encode, header_of
from grader.guest.protocol.frames import read_exactly, read_frame, send_frame
from grader.guest.requests import receive
from grader.sandbox.session_process import Exit


class ForkedProcess:
    """What `Zygote.spawn` gives, without isolation, running any function of a test."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self.sock, far = socket.socketpair()
        self.stdout, out = os.pipe()
        self.stderr, err = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            with suppress(BaseException):
                os.dup2(out, 1)
                os.dup2(err, 2)
                self.sock.close()
                serve(far)
            os._exit(0)
        for descriptor in (out, err):
            os.close(descriptor)
        far.close()
        for descriptor in (self.stdout, self.stderr):
            os.set_blocking(descriptor, False)
        self._pidfd = os.pidfd_open(self.pid)

    def members(self) -> tuple[int]:
        return (self.pid,)

    def kill(self) -> None:
        signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def wait(self, timeout_s: float | None = None) -> Exit:
        assert select.select([self._pidfd], [], [], timeout_s)[0]
        _, status, usage = os.wait4(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        return Exit(
            code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            cpu_s=usage.ru_utime + usage.ru_stime,
            max_rss_bytes=usage.ru_maxrss * 1024,
        )

    def close(self) -> None:
        for descriptor in (self.stdout, self.stderr, self._pidfd):
            os.close(descriptor)


def send(sock: socket.socket, value: object) -> None:
    encoded = encode(value)
    send_frame(sock, header_of(encoded), encoded.buffers)


def replying(*payloads: object) -> Callable[[socket.socket], None]:
    """Return a session that gives these payloads, one a request, then waits."""

    def serve(sock: socket.socket) -> None:
        for payload in payloads:
            found = receive(sock)
            assert found is not None
            (number, kind, *_), _ = found
            send(sock, (number, kind, payload))
        time.sleep(60)

    return serve


def raw(*frames: bytes) -> Callable[[socket.socket], None]:
    """Return a session that answers its first request with these bytes, then waits."""

    def serve(sock: socket.socket) -> None:
        receive(sock)
        for frame in frames:
            sock.sendall(frame)
        time.sleep(60)

    return serve


def ask(sock: socket.socket, *parts: object) -> object:
    """Ask as the trusted side does, without its care."""
    send(sock, parts)
    return decode(*read_frame(lambda count: read_exactly(sock, count)))
