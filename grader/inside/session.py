"""A session: runs cells one by one, then forks once for each exercise that is asked."""

from __future__ import annotations

import _thread
import contextlib
import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any

from .answers import Questions, serve_questions
from .cells import CellRunner
from .link import receive, reply
from .output import OutputBudget, OutputStream
from .shell import GraderShell
from .syscalls import fork_alone

__all__ = ["serve_exercises", "serve_session"]


def serve_session(sock: socket.socket, limits: Mapping[str, float]) -> None:
    """Serve the requests of the trusted side until it closes; return then.

    Parameters
    ----------
    sock : socket.socket
        The session's end; blocking, ``SOCK_STREAM``.
    limits : Mapping of str to float
        ``cell_s``, ``call_s`` [s] and ``output_bytes`` [bytes].
    """
    shell = GraderShell.instance()
    _seed()
    _Session(sock, limits, shell.user_ns, CellRunner(shell, limits)).serve()


def serve_exercises(
    sock: socket.socket, limits: Mapping[str, float], namespace: Mapping[str, Any]
) -> None:
    """Serve all requests but cells, from the names that another engine's cells left."""
    _Session(sock, limits, namespace, None).serve()


def _seed() -> None:
    """Start the global generators alike in every session: the same notebook, the same numbers."""
    random.seed(0)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(0)


class _Session:
    """What one session's process does; also that of a Jupyter kernel, without cells to run."""

    def __init__(
        self,
        sock: socket.socket,
        limits: Mapping[str, float],
        namespace: Mapping[str, Any],
        runner: CellRunner | None,
    ) -> None:
        self._sock = sock
        self._limits = limits
        self._namespace = namespace
        self._children: set[int] = set()
        questions = Questions(namespace, limits)
        self._requests: dict[str, Callable[..., Any]] = {
            "open": self._open,
            "end": self._end,
            "get": questions.get,
            "call": questions.call,
            "ask": questions.ask,
            "draw": questions.draw,
        }
        if runner is not None:
            self._requests |= {"run": runner.run, "share": runner.share}

    def serve(self) -> None:
        here = os.getpid()
        while (request := receive(self._sock)) is not None:
            (number, kind, *arguments), descriptors = request
            if kind == "close":
                break
            if kind == "open":
                arguments = descriptors
            reply(self._sock, here, number, kind, self._requests[kind](*arguments))
        for pid in list(self._children):
            self._end(pid)

    def _open(self, descriptor: int) -> int:
        """Fork for one exercise; return the child's process id, or 0 where no fork was had."""
        self._reap()
        try:
            pid = _fork()
        except OSError:
            os.close(descriptor)
            return 0
        if pid == 0:
            self._answer(descriptor)
        os.close(descriptor)
        self._children.add(pid)
        return pid

    def _answer(self, descriptor: int) -> None:
        """Serve one exercise in the child, which ends here and nowhere else."""
        try:
            self._sock.close()
            sys.stdout = sys.stderr = OutputStream(OutputBudget(0))
            with socket.socket(fileno=descriptor) as sock:
                serve_questions(sock, self._namespace, self._limits)
        finally:
            os._exit(0)

    def _end(self, pid: int) -> int:
        """End a child; return its exit status, or minus the signal that had ended it."""
        if pid not in self._children:
            return 0
        self._children.discard(pid)
        # A child that is already dying keeps its own status; the signal then comes too late.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        try:
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        except ChildProcessError:
            return 0

    def _reap(self) -> None:
        """Take in orphans: the session is process 1 of its namespace, so they are its own."""
        if os.getpid() == 1:
            with contextlib.suppress(ChildProcessError):
                while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG):
                    pass


def _fork() -> int:
    """Fork; where there is no room for a process, first end those that cells left behind."""
    try:
        return _fork_once()
    except BlockingIOError:
        if os.getpid() != 1:
            raise
    os.kill(-1, signal.SIGKILL)  # reaches this session's namespace and nothing else
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, 0)[0]:
            pass
    return _fork_once()


def _fork_once() -> int:
    # `threading` does not count what `_thread` started.
    alone = sys.platform == "linux" and not _thread._count()  # noqa: SLF001
    return fork_alone() if alone else os.fork()
