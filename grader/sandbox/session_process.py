"""The trusted side's handle of a running session: its socket, its output, and its end."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import SandboxError
from grader.guest.limits.own_time import children_in_session
from grader.guest.protocol.control_channel import Channel


class ZygoteDied(SandboxError):  # noqa: N818 (named after the event, like `Died`)
    """The zygote, from which sessions are forked, is gone; start another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a session ended, and what it used.

    Attributes
    ----------
    code : int or None
        Its exit status; None if a signal ended it.
    signal : int or None
        The signal that ended it, if any.
    cpu_s : float
        Processor time of the session and of its descendants that ended before it [s].
    max_rss_bytes : int
        Peak resident memory of the session's first process, or of a child that it waited for.
    """

    code: int | None
    signal: int | None
    cpu_s: float
    max_rss_bytes: int


@dataclass(slots=True)
class SessionProcess:
    """The process of a spawned session.

    Attributes
    ----------
    sock : socket.socket
        The trusted end of the wire.
    stdout, stderr : int
        Read ends of its output, not blocking.
    """

    sock: socket.socket
    stdout: int
    stderr: int
    _status: Channel
    _pidfd: int | None
    _zygote: int | None
    _number: int | None = field(default=None, init=False)
    _exit: Exit | None = field(default=None, init=False)

    def members(self) -> Iterator[int]:
        """Yield the ids of the processes that started all others of the session.

        At `strong`, the session is process 1 and inherits its orphans. Elsewhere the zygote does;
        they are recognised by the process session of their first process.
        """
        if self._number is None:
            self._number = number_of(self._pidfd)
        first = self._number
        if first is not None and self._pidfd is not None:
            yield first
            if self._zygote is not None:
                yield from children_in_session(self._zygote, first)

    def kill(self) -> None:
        """Kill the session and all that it started, including daemons; harmless after its end."""
        if self._pidfd is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        else:
            with suppress(OSError):
                self._status.send({"kill": True})

    def wait(self, timeout_s: float | None = None) -> Exit:
        """Wait until the session and all its processes have ended.

        Raise TimeoutError if it still runs after `timeout_s`, and ZygoteDied if the zygote, and the
        session with it, ended before it could report.
        """
        if self._exit is None:
            self._exit = self._receive_exit(timeout_s)
        return self._exit

    def _receive_exit(self, timeout_s: float | None) -> Exit:
        self._status.sock.settimeout(timeout_s)
        try:
            report = self._status.receive()
        except ConnectionError:
            report = None
        if report is None:
            raise ZygoteDied("the zygote ended before it could report how a session ended")
        code = int(report.message["exit"])
        return Exit(
            code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            cpu_s=float(report.message["cpu_s"]),
            max_rss_bytes=int(report.message["max_rss_bytes"]),
        )

    def close(self) -> None:
        """Kill the session if it still runs, and close everything; may be called twice."""
        self.sock.close()
        self._status.close()  # the zygote ends a session whose status channel is closed
        for descriptor in (self.stdout, self.stderr, self._pidfd):
            if descriptor is not None and descriptor >= 0:
                os.close(descriptor)
        self.stdout, self.stderr, self._pidfd = -1, -1, None


def number_of(pidfd: int | None) -> int | None:
    """Return the id of the process behind a pidfd; None if it is gone, or unknown."""
    if pidfd is None:
        return None
    try:
        fields = Path(f"/proc/self/fdinfo/{pidfd}").read_text()
    except OSError:
        return None
    number = next((line[4:] for line in fields.splitlines() if line.startswith("Pid:")), "-1")
    return int(number) if int(number) > 0 else None
