"""The main loop of a session: runs cells, then forks to answer the questions of exercises."""

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
from .cell_runner import CellRunner
from .event_loop import NotebookLoop
from .handed_files import receive_files
from .isolation.syscalls import fork_alone
from .limits.capped_output import CallOutput, OutputBudget, OutputStream
from .places import NumberOf, number_of_cell
from .requests import await_request, receive, reply
from .shell import GraderShell


def serve_session(sock: socket.socket, limits: Mapping[str, float]) -> None:
    """Serve requests until the trusted side closes its end.

    Parameters
    ----------
    sock : socket.socket
        The session's end; blocking, ``SOCK_STREAM``.
    limits : Mapping of str to float
        ``cell_s``, ``call_s`` [s] and ``output_bytes`` [bytes].
    """
    shell = GraderShell.instance()
    shell.begin()
    _seed()
    _Session(sock, limits, shell.user_ns, CellRunner(shell, limits), shell.loop).serve()


def serve_exercises(
    sock: socket.socket,
    limits: Mapping[str, float],
    namespace: Mapping[str, Any],
    number_of: NumberOf = number_of_cell,
) -> None:
    """Serve all requests except cells, for the names that another engine's cells defined."""
    _Session(sock, limits, namespace, None, NotebookLoop(), number_of).serve()


def _seed() -> None:
    """Seed the global random generators, so that a notebook draws the same numbers in each run."""
    random.seed(0)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(0)


class _Session:
    """Serves the requests of one session, or of a Jupyter kernel, which runs its cells itself."""

    def __init__(
        self,
        sock: socket.socket,
        limits: Mapping[str, float],
        namespace: Mapping[str, Any],
        runner: CellRunner | None,
        loop: NotebookLoop,
        number_of: NumberOf = number_of_cell,
    ) -> None:
        self._sock = sock
        self._limits = limits
        self._namespace = namespace
        self._fork: int | None = (
            0  # the process that answers an exercise; None if it could not be started
        )
        self._ended: int | None = 0
        self._silent = OutputStream(OutputBudget(0))
        self._questions = Questions(namespace, limits, loop, number_of)
        self._requests: dict[str, Callable[..., Any]] = {
            "end": lambda: self._ended,
            **self._questions.asked,
        }
        if runner is not None:
            self._requests |= {"run": runner.run, "share": runner.share, "files": receive_files}

    def serve(self) -> None:
        here = os.getpid()
        while (request := self._next()) is not None:
            (number, kind, *arguments), descriptors = request
            if kind == "close":
                break
            if kind == "open":
                self._open(*descriptors)
                continue
            reply(self._sock, here, number, kind, self._requests[kind](*arguments))

    def _next(self) -> tuple[Any, list[int]] | None:
        """Wait for a request, end the fork, then read the request.

        Each request means that the fork is done. While it lives, every shared page that this
        process writes is copied, and reading a request writes about 100.
        """
        await_request(self._sock)
        self._ended = self._end()
        return receive(self._sock)

    def _open(self, descriptor: int) -> None:
        """Fork for one exercise; the fork sends the reply."""
        self._reap()
        sock = socket.socket(fileno=descriptor)
        try:
            self._fork = _fork()
        except OSError:
            self._fork = None
        if self._fork == 0:
            self._answer(sock)
        os.close(sock.detach())

    def _answer(self, sock: socket.socket) -> None:
        """Serve one exercise in the child, then exit."""
        try:
            self._sock.close()
            # A stream keeps the output of its own process only.
            self._questions.heard = CallOutput()
            sys.stdout, sys.stderr = self._questions.heard, self._silent
            with sock:
                serve_questions(sock, self._questions)
        finally:
            os._exit(0)

    def _end(self) -> int | None:
        """End the fork; return its exit status, negative if a signal ended it.

        None if there was no fork, because the process limit was reached.
        """
        pid, self._fork = self._fork, 0
        if not pid:
            return pid
        # A child that is already dying keeps its own status.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        try:
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        except ChildProcessError:
            return 0

    def _reap(self) -> None:
        """Reap orphans: the session is process 1 of its namespace and inherits them."""
        if os.getpid() == 1:
            with contextlib.suppress(ChildProcessError):
                while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG):
                    pass


def _fork() -> int:
    """Fork; if the process limit is reached, first end the processes that cells left behind."""
    try:
        return _fork_once()
    except BlockingIOError:
        if os.getpid() != 1:
            raise
    os.kill(-1, signal.SIGKILL)  # reaches only this session's namespace
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, 0)[0]:
            pass
    return _fork_once()


def _fork_once() -> int:
    # `threading` does not count threads that `_thread` started.
    alone = sys.platform == "linux" and not _thread._count()  # noqa: SLF001
    return fork_alone() if alone else os.fork()
