"""Forks sessions from the zygote, ends them, and reports how they ended."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from .isolation.apply import Materials, isolate, namespaces_of
from .isolation.syscalls import Forked, fork_into
from .limits.remove_tree import remove_tree
from .protocol.control_channel import Channel
from .protocol.launch_plan import OUT_OF_MEMORY

if TYPE_CHECKING:
    from resource import struct_rusage

Serve: TypeAlias = Callable[[socket.socket, Mapping[str, float]], None]

CONTROL = SESSION = 3  # in a session, its own socket replaces the zygote's
FIRST_FOREIGN, LAST_FOREIGN = 4, 65536
NOT_SERVED, NOT_ISOLATED = 70, 71  # exit statuses of a session that failed


@dataclass(frozen=True)
class ForkedSession:
    """A running session, as the zygote sees it."""

    pid: int
    status: Channel
    scratch: str


class SessionSupervisor:
    """Forks sessions on request, in a single thread.

    Parameters
    ----------
    materials : Materials
        What `isolate` needs.
    serve : callable
        The main loop of a session; called with its socket and the limits.
    """

    def __init__(self, materials: Materials, serve: Serve) -> None:
        self.materials = materials
        self.serve = serve
        self.strong = materials.plan.tier == "strong"
        self.identity = os.getuid(), os.getgid()
        self.children: dict[int, ForkedSession] = {}
        self.spawned = 0

    def run(self, control: Channel) -> None:
        """Serve the trusted side until it closes its end, then end every session."""
        ended, wake = os.pipe()
        for end in (ended, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        while self.step(control, ended):
            pass
        for child in list(self.children.values()):
            self.end(child)

    def step(self, control: Channel, ended: int) -> bool:
        """Wait for one event and handle it; return False when the trusted side is gone."""
        watched = {child.status.fileno(): child for child in self.children.values()}
        poller = select.poll()
        for descriptor in (control.fileno(), ended, *watched):
            poller.register(descriptor, select.POLLIN)
        ready = {descriptor for descriptor, _ in poller.poll()}
        if ended in ready:
            os.read(ended, 4096)
        for descriptor in ready & watched.keys():
            # A message, or a closed end: both mean that this session is over.
            self.end(watched[descriptor])
        self.reap()
        return control.fileno() not in ready or self.answer(control)

    def answer(self, control: Channel) -> bool:
        """Start the requested session; return False if the trusted side is gone."""
        request = control.receive()
        if request is None:
            return False
        *streams, status = request.descriptors
        self.spawn(streams, Channel(socket.socket(fileno=status)))
        for descriptor in streams:
            os.close(descriptor)
        return True

    def spawn(self, streams: list[int], status: Channel) -> None:
        """Fork a session and send its pid and pidfd to the trusted side."""
        self.spawned += 1
        scratch = f"{self.materials.plan.home}/{self.spawned}"
        try:
            forked = self.fork()
        except OSError as error:
            status.send({"error": f"{error.strerror}"})
            status.close()
            return
        if forked.pid == 0:
            self.be_session(streams, status, scratch)
        self.children[forked.pid] = ForkedSession(forked.pid, status, scratch)
        with suppress(OSError):
            status.send({"pid": forked.pid}, [forked.pidfd] if forked.pidfd >= 0 else [])
        if forked.pidfd >= 0:
            os.close(forked.pidfd)

    def fork(self) -> Forked:
        """Fork; with isolation ``strong``, into new namespaces."""
        if self.strong:
            return fork_into(namespaces_of(self.materials.plan))
        pid = os.fork()
        return Forked(pid, os.pidfd_open(pid) if pid and sys.platform == "linux" else -1)

    def be_session(self, streams: list[int], status: Channel, scratch: str) -> NoReturn:
        """Isolate this process, serve the session, and exit."""
        try:
            isolate(self.materials, scratch, *self.identity)
            status.send({"started": os.getpid()})
        except BaseException as error:  # fail closed
            with suppress(OSError):
                status.send({"error": f"{type(error).__name__}: {error}"})
            os._exit(NOT_ISOLATED)
        try:
            self.serve(take_over(streams), self.materials.plan.limits)
        except MemoryError:  # too little memory is left to report the error
            os._exit(OUT_OF_MEMORY)
        except BaseException:
            traceback.print_exc()
            os._exit(NOT_SERVED)
        os._exit(0)

    def reap(self) -> None:
        """Report sessions that ended by themselves."""
        for child in list(self.children.values()):
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                self.finish(child, status, usage)

    def end(self, child: ForkedSession) -> None:
        """Kill a session and report its end."""
        os.kill(child.pid, signal.SIGKILL)  # not reaped yet, so the pid still belongs to it
        _, status, usage = os.wait4(child.pid, 0)
        self.finish(child, status, usage)

    def finish(self, child: ForkedSession, status: int, usage: struct_rusage) -> None:
        """End what a session left behind, then report its end."""
        if not self.strong or not self.materials.plan.has("pid_namespace"):
            end_group(child.pid)
            remove_tree(child.scratch)
        del self.children[child.pid]
        report = {
            "exit": os.waitstatus_to_exitcode(status),
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "max_rss_bytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        }
        with suppress(OSError):  # the trusted side is gone
            child.status.send(report)
        child.status.close()


def take_over(streams: list[int]) -> socket.socket:
    """Move a session's descriptors to their numbers, and close all others."""
    session, out, error = streams
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # A grader started in the background ignores SIGINT, and its children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((nothing, out, error)):
        os.dup2(descriptor, number)
    os.dup2(session, SESSION, inheritable=False)
    os.closerange(FIRST_FOREIGN, LAST_FOREIGN)
    return socket.socket(fileno=SESSION)


def end_group(group: int) -> None:
    """Kill a process group and wait until it is empty.

    The zygote adopts orphans, so every killed process becomes its child before it is reaped: once
    the zygote has no child in the group, the group is empty.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-group, 0)
