"""Starts zygotes and spawns sessions from them; the trusted end of `grader.guest.zygote`."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from grader.errors import SandboxError
from grader.guest.protocol.control_channel import Channel
from grader.guest.protocol.launch_plan import LAYERS
from grader.sandbox.boot import Booted, boot
from grader.sandbox.doctor import require
from grader.sandbox.engine import Isolation
from grader.sandbox.session_process import SessionProcess, ZygoteDied
from grader.sandbox.settings import SandboxSettings

SPAWN_WITHIN_S = 30.0


class Zygote:
    """A warm, isolated process from which sessions are forked; use it as a context manager.

    The kernel kills it when the thread that started it ends, so that nothing outlives a crash.
    """

    def __init__(self, booted: Booted, *, adopts: bool) -> None:
        self._booted = booted
        self._adopts = adopts  # orphans of sessions that are not process 1 of a namespace
        self.preloads: tuple[str, ...] | None = None
        """The modules that it was asked to preload; None if it was not asked yet."""

    @classmethod
    def launch(
        cls,
        settings: SandboxSettings,
        isolation: Isolation,
        *,
        hidden: Sequence[Path] = (),
        _without: frozenset[str] = frozenset(),
    ) -> Zygote:
        """Start a zygote without waiting until it is warm; see `await_ready`.

        The tier is never weakened, and no session may see the folders `hidden`. `_without` names
        layers to leave out, from `LAYERS`; it is only for tests of the layers. Raise SandboxError
        if the machine does not support the tier, or lacks the Python.
        """
        unknown = _without - LAYERS.keys()
        if unknown:
            raise SandboxError(f"there are no layers {sorted(unknown)}; there are {list(LAYERS)}")
        require(isolation)
        adopts = isolation is not Isolation.STRONG or "pid_namespace" in _without
        return cls(boot(settings, isolation, hidden, _without), adopts=adopts)

    @classmethod
    def start(
        cls,
        settings: SandboxSettings,
        isolation: Isolation,
        *,
        hidden: Sequence[Path] = (),
        _without: frozenset[str] = frozenset(),
    ) -> Zygote:
        """Start a zygote and wait until it is warm; see `launch` and `await_ready`."""
        zygote = cls.launch(settings, isolation, hidden=hidden, _without=_without)
        zygote.await_ready(settings.preload)
        return zygote

    def warm_up(self, preload: Sequence[str]) -> None:
        """Make it import what a course preloads, without waiting; may be called again."""
        if self.preloads is None:
            self.preloads = tuple(preload)
            self._booted.warm_up(preload)

    def await_ready(self, preload: Sequence[str]) -> None:
        """Make it import the modules that a course preloads, and wait until it is warm.

        Raise ZygoteDied if something killed it, and SandboxError if its Python cannot run in this
        tier.
        """
        try:
            self.warm_up(preload)
            self._booted.await_ready()
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether sessions can still be spawned."""
        return self._booted.alive

    def hand_over(self) -> None:
        """Leave its use to a process that was just forked; its traces are still removed here."""
        self._booted.channel.close()

    def spawn(self) -> SessionProcess:
        """Fork a session and wait until it is isolated.

        Raise ZygoteDied if the zygote is gone, and SandboxError if the session could not be
        isolated; it ran nothing then.
        """
        with ExitStack() as far, ExitStack() as near:
            ours, theirs = socket.socketpair()
            near.callback(ours.close)
            far.callback(theirs.close)
            (stdout, out), (stderr, err) = os.pipe(), os.pipe()
            for stack, descriptors in ((near, (stdout, stderr)), (far, (out, err))):
                for descriptor in descriptors:
                    stack.callback(os.close, descriptor)
            status, reports = map(Channel, socket.socketpair())
            near.callback(status.close)
            far.callback(reports.close)
            self._ask([theirs.fileno(), out, err, reports.fileno()])
            far.close()
            pidfd = await_session(status)
            os.set_blocking(stdout, False)
            os.set_blocking(stderr, False)
            near.pop_all()
        zygote = self._booted.pid if self._adopts else None
        return SessionProcess(ours, stdout, stderr, status, pidfd, zygote)

    def _ask(self, descriptors: list[int]) -> None:
        try:
            self._booted.channel.send({"spawn": True}, descriptors)
        except OSError as error:
            raise ZygoteDied("the zygote is gone, so it cannot start a session") from error

    def close(self) -> None:
        """End the zygote and every session of it; may be called twice."""
        self._booted.close()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def await_session(status: Channel) -> int | None:
    """Wait until a session is isolated; return its pidfd, if the system has pidfds."""
    status.sock.settimeout(SPAWN_WITHIN_S)
    pidfd: int | None = None
    awaited = {"pid", "started"}
    while awaited:
        try:
            received = status.receive()
        except OSError as error:
            raise ZygoteDied("the zygote does not answer") from error
        if received is None:
            raise ZygoteDied("the zygote, or the session that it started, ended at once")
        if received.descriptors:
            (pidfd,) = received.descriptors
        if "error" in received.message:
            if pidfd is not None:
                os.close(pidfd)
            raise SandboxError(
                f"a session could not be isolated: {received.message['error']}; "
                "`grader doctor` shows what this machine can do"
            )
        awaited -= received.message.keys()
    return pidfd
