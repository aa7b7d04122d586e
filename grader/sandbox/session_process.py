"""A running session as the trusted side holds it: its socket, its output, its end."""

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


class ZygoteDied(SandboxError):  # noqa: N818 (says what happened, as `Died` does)
    """The process that sessions are forked from is gone; start another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a session ended, and what it used.

    Attributes
    ----------
    code : int or None
        Its exit status, None where a signal ended it.
    signal : int or None
        The signal that ended it, else None.
    cpu_s : float
        Processor time of the session and all that it started and that ended before it [s].
    max_rss_bytes : int
        Most memory that the session's first process had resident, or one that it waited for.
    """

    code: int | None
    signal: int | None
    cpu_s: float
    max_rss_bytes: int


@dataclass(slots=True)
class SessionProcess:
    """A session that was spawned.

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

        Orphans are children of the session at `strong`, where it is process 1, and of the zygote
        elsewhere; there they stay in the session that its first process made.
        """
        if self._number is None:
            self._number = number_of(self._pidfd)
        first = self._number
        if first is not None and self._pidfd is not None:
            yield first
            if self._zygote is not None:
                yield from children_in_session(self._zygote, first)

    def kill(self) -> None:
        """Kill the session and all that it started, daemons too; harmless when it is over."""
        if self._pidfd is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        else:
            with suppress(OSError):
                self._status.send({"kill": True})

    def wait(self, timeout_s: float | None = None) -> Exit:
        """Wait until the session is over and nothing of it is left.

        Raises
        ------
        TimeoutError
            It still runs after `timeout_s`.
        ZygoteDied
            The zygote ended before it could report; the session ended with it.
        """
        if self._exit is None:
            self._exit = self._receive_exit(timeout_s)
        return self._exit

    def _receive_exit(self, timeout_s: float | None) -> Exit:
        self._status.sock.settimeout(timeout_s)
        try:
            letter = self._status.receive()
        except ConnectionError:
            letter = None
        if letter is None:
            raise ZygoteDied("the zygote ended before it could report how a session ended")
        code = int(letter.message["exit"])
        return Exit(
            code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            cpu_s=float(letter.message["cpu_s"]),
            max_rss_bytes=int(letter.message["max_rss_bytes"]),
        )

    def close(self) -> None:
        """Kill the session if it still runs, and let go of everything; may be called twice."""
        self.sock.close()
        self._status.close()  # the zygote ends a session whose status nobody reads
        for descriptor in (self.stdout, self.stderr, self._pidfd):
            if descriptor is not None and descriptor >= 0:
                os.close(descriptor)
        self.stdout, self.stderr, self._pidfd = -1, -1, None


def number_of(pidfd: int | None) -> int | None:
    """Return the id of the process behind a pidfd; None where it is gone, or not known."""
    if pidfd is None:
        return None
    try:
        fields = Path(f"/proc/self/fdinfo/{pidfd}").read_text()
    except OSError:
        return None
    number = next((line[4:] for line in fields.splitlines() if line.startswith("Pid:")), "-1")
    return int(number) if int(number) > 0 else None
