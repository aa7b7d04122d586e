"""The event loop of a notebook: one for all cells, and running while a cell runs.

In a kernel a cell is run by the loop. Here a cell that awaits nothing is not: its loop only says
that it runs, which costs next to nothing, and catches up when the cell is over.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import threading
from asyncio import events
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from .limits.alarm import TimeLimit

_TURNS = 1000  # of a task that never waits, as many as a kernel's loop about has between two cells
_LAST_TURNS = 20  # for a cell that was stopped to clean up


class NotebookLoop(asyncio.SelectorEventLoop):
    """A loop that opens nothing before it is used, and that goes on in a fork.

    What it opens it opens anew in a process that was forked: a descriptor of epoll that is shared
    would have one process take away what the other waits for.
    """

    _opened: selectors.BaseSelector | None = None
    _opened_by = 0
    _is_entered = False
    _ssock: Any = None
    _csock: Any = None
    _ready: Any
    _scheduled: Any
    _internal_fds: int
    _thread_id: int | None

    def __init__(self) -> None:
        super().__init__(selectors.SelectSelector())  # which opens nothing, and is passed over

    @property  # type: ignore[override, unused-ignore]
    def _selector(self) -> Any:
        if self._opened_by != os.getpid():
            self._open()
        return self._opened

    @_selector.setter
    def _selector(self, selector: object) -> None:
        """Pass over the one that the loop is made with."""

    def _open(self) -> None:
        before, self._opened = self._opened, selectors.DefaultSelector()
        self._opened_by = os.getpid()
        pipe = self._ssock
        self._shut_pipe()
        super()._make_self_pipe()  # type: ignore[misc]
        if before is not None:
            for key in before.get_map().values():
                if key.fileobj != pipe:
                    with suppress(OSError, ValueError, KeyError):  # it was closed meanwhile
                        self._opened.register(key.fileobj, key.events, key.data)
            before.close()

    def _make_self_pipe(self) -> None:
        """Make none yet."""

    def _shut_pipe(self) -> None:
        if self._ssock is not None:
            self._ssock.close()
            self._csock.close()
            self._ssock = self._csock = None
            self._internal_fds -= 1

    def close(self) -> None:
        """Close it, with what it opened."""
        assert self._selector is not None  # so that there is something to close
        super().close()
        self.release()

    def __del__(self) -> None:
        self.release()

    def release(self) -> None:
        """Close what it opened; it is opened anew when it is used."""
        self._shut_pipe()
        if self._opened is not None:
            self._opened.close()
        self._opened, self._opened_by = None, 0

    def enter(self) -> None:
        """Be the running loop of code that is no part of it."""
        self._is_entered = True
        self._thread_id = threading.get_ident()
        events._set_running_loop(self)  # noqa: SLF001

    def leave(self) -> None:
        """Be it no more."""
        self._is_entered = False
        self._thread_id = None
        events._set_running_loop(None)  # noqa: SLF001

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Be the running loop of functions that are asked.

        These may start a loop of their own too (`asyncio.run`), which a cell must not: a function
        is right whichever of the two it was written for.
        """
        found = events._get_running_loop  # noqa: SLF001 (what looks whether a loop may be started)

        def find() -> asyncio.AbstractEventLoop | None:
            running = found()
            return None if running is self and self._is_entered else running

        events._get_running_loop = find  # noqa: SLF001
        self.enter()
        try:
            yield
        finally:
            self.leave()
            events._get_running_loop = found  # noqa: SLF001

    def finish(self, awaited: Coroutine[Any, Any, Any] | asyncio.Future[Any]) -> Any:
        """Run until something is done, from code that it was entered for; return the result."""
        self._stopping = False  # a notebook may have stopped it; a kernel would die of that
        self.leave()
        try:
            task = asyncio.ensure_future(awaited, loop=self)
            try:
                return self.run_until_complete(task)
            except TimeLimit:
                task.cancel()
                self._turn(_LAST_TURNS)
                raise
        finally:
            self.enter()

    def catch_up(self) -> None:
        """Let tasks go on until each of them waits."""
        if self._opened is None and not self._ready and not self._scheduled:
            return
        self.leave()
        self._stopping = False
        self._turn(_TURNS)

    def _turn(self, most: int) -> None:
        for _ in range(most):
            self.call_soon(self.stop)
            self.run_forever()
            if not self._ready:
                return
