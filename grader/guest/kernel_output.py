"""The output of a Jupyter kernel in order: what other processes print, and what the cell does.

A kernel reads what other processes print in a thread, which may do so only when the cell has
printed more, or has ended. This file is loaded alone, before the kernel starts.
"""

from __future__ import annotations

import os
import select
import threading
from contextvars import Context
from typing import Any

from ipykernel.iostream import OutStream


def keep_order() -> None:
    """Have a kernel's streams take what other processes printed before they write or flush."""
    # In the class: IPython takes the `write` of a stream and puts it back around each cell.
    usual_write: Any = OutStream.write
    usual_flush: Any = OutStream.flush
    lock = threading.RLock()

    def take(stream: Any) -> None:
        if not stream._should_watch or os.getpid() != stream._master_pid:  # noqa: SLF001
            return
        with lock:
            if select.select([stream._fid], [], [], 0)[0]:  # noqa: SLF001
                # A pipe holds no more, so that what prints without end holds up nobody.
                text = os.read(stream._fid, 2**16).decode(errors="replace")  # noqa: SLF001
                # It belongs to the current cell, also where a task of an earlier one prints now.
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
