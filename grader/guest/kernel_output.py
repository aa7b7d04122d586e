"""Keeps the output of a Jupyter kernel in order when other processes print too.

A kernel reads the output of other processes in a thread. That thread may run only after the cell
has printed more, or has ended. This file is loaded by itself, before the kernel starts.
"""

from __future__ import annotations

import os
import select
import threading
from contextvars import Context
from typing import Any

from ipykernel.iostream import OutStream


def keep_order() -> None:
    """Make a kernel's streams read other processes' output before they write or flush."""
    # Patched in the class: IPython saves and restores the `write` of each stream around a cell.
    usual_write: Any = OutStream.write
    usual_flush: Any = OutStream.flush
    lock = threading.RLock()

    def take(stream: Any) -> None:
        if not stream._should_watch or os.getpid() != stream._master_pid:  # noqa: SLF001
            return
        with lock:
            if select.select([stream._fid], [], [], 0)[0]:  # noqa: SLF001
                # As much as a pipe holds, so that endless output cannot block the kernel.
                text = os.read(stream._fid, 2**16).decode(errors="replace")  # noqa: SLF001
                # It belongs to the current cell, even if a task of an earlier cell prints now.
                Context().run(usual_write, stream, text)

    def _watch_pipe_fd(stream: Any) -> None:
        while stream._should_watch:  # noqa: SLF001
            select.select([stream._fid], [], [])  # noqa: SLF001
            take(stream)

    def write(stream: Any, text: str) -> Any:
        take(stream)
        return usual_write(stream, text)

    def flush(stream: Any) -> None:
        take(stream)
        usual_flush(stream)

    for method in (_watch_pipe_fd, write, flush):
        setattr(OutStream, method.__name__, method)
