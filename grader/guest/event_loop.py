"""The event loop of a notebook: one loop for all cells, running while a cell runs.

In a kernel the loop runs the cells. Here a cell that awaits nothing runs outside the loop, which is
only marked as running and catches up after the cell. That costs almost nothing.
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

_TURNS = (
    1000  # turns for a task that never waits; a kernel's loop takes about as many between two cells
)
_LAST_TURNS = 20  # lets a stopped cell clean up


class NotebookLoop(asyncio.SelectorEventLoop):
    """A loop that opens no descriptor before it is used, and that continues in a fork.

    A forked process opens descriptors of its own: with a shared epoll descriptor one process would
    consume the events that the other waits for.
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
        super().__init__(selectors.SelectSelector())  # which opens nothing; `_selector` ignores it

    @property  # type: ignore[override, unused-ignore]
    def _selector(self) -> Any:
        if self._opened_by != os.getpid():
            self._open()
        return self._opened

    @_selector.setter
    def _selector(self, selector: object) -> None:
        """Ignore the selector that the base class passes."""

    def _open(self) -> None:
        before, self._opened = self._opened, selectors.DefaultSelector()
        self._opened_by = os.getpid()
        pipe = self._ssock
        self._shut_pipe()
        super()._make_self_pipe()  # type: ignore[misc]
        if before is not None:
            for key in before.get_map().values():
                if key.fileobj != pipe:
                    with suppress(OSError, ValueError, KeyError):  # closed in the meantime
                        self._opened.register(key.fileobj, key.events, key.data)
            before.close()

    def _make_self_pipe(self) -> None:
        """Create no pipe yet."""

    def _shut_pipe(self) -> None:
        if self._ssock is not None:
            self._ssock.close()
            self._csock.close()
            self._ssock = self._csock = None
            self._internal_fds -= 1

    def close(self) -> None:
        """Close the loop and its descriptors."""
        assert self._selector is not None  # the base class closes the pipe, so there must be one
        super().close()
        self.release()

    def __del__(self) -> None:
        self.release()

    def release(self) -> None:
        """Close its descriptors; the next use opens new ones."""
        self._shut_pipe()
        if self._opened is not None:
            self._opened.close()
        self._opened, self._opened_by = None, 0

    def enter(self) -> None:
        """Mark this loop as the running loop for code that it does not run."""
        self._is_entered = True
        self._thread_id = threading.get_ident()
        events._set_running_loop(self)  # noqa: SLF001

    def leave(self) -> None:
        """Undo `enter`."""
        self._is_entered = False
        self._thread_id = None
        events._set_running_loop(None)  # noqa: SLF001

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Mark this loop as running while a student's function is called.

        Unlike a cell, the function may also start a loop of its own (`asyncio.run`): both ways to
        write it count as right.
        """
        found = events._get_running_loop  # noqa: SLF001 (asyncio.run checks this)

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
        """Run the loop until an awaitable is done, inside `enter`; return the result."""
        self._stopping = False  # a notebook may have stopped the loop, which would kill a kernel
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
        """Run tasks until all of them wait."""
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
