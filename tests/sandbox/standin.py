"""A stand-in for a session's process: a plain fork of the test process, with its own limits."""

from __future__ import annotations

import os
import select
import signal
import socket
from dataclasses import dataclass

from grader.inside.cells import prepare_shell
from grader.inside.session import serve_session
from grader.sandbox.session import Session
from grader.sandbox.settings import Limits


@dataclass
class Ended:
    code: int | None
    signal: int | None
    cpu_s: float
    max_rss_bytes: int


class ForkedProcess:
    """What `Zygote.spawn` gives, without any isolation."""

    def __init__(self, serve) -> None:
        self.sock, far = socket.socketpair()
        self.stdout, out = os.pipe()
        self.stderr, err = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.dup2(out, 1)
                os.dup2(err, 2)
                self.sock.close()
                serve(far)
            finally:
                os._exit(0)
        for descriptor in (out, err):
            os.close(descriptor)
        far.close()
        for descriptor in (self.stdout, self.stderr):
            os.set_blocking(descriptor, False)
        self._pidfd = os.pidfd_open(self.pid)

    def kill(self) -> None:
        signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def wait(self, timeout_s: float) -> Ended:
        assert select.select([self._pidfd], [], [], timeout_s)[0]
        _, status, usage = os.wait4(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        return Ended(
            code if code >= 0 else None,
            -code if code < 0 else None,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * 1024,
        )

    def close(self) -> None:
        for descriptor in (self.stdout, self.stderr, self._pidfd):
            os.close(descriptor)


class ForkedSessions:
    """Starts stand-in sessions."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits

    def session(self) -> Session:
        numbers = {k: float(v) for k, v in self.limits.model_dump().items()}
        prepare_shell()
        return Session(ForkedProcess(lambda sock: serve_session(sock, numbers)), self.limits)
