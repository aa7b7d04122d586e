"""Large pages for what all sessions share: a fork notes every page, whatever its size."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from .syscalls import LIBC

_LARGE_BYTES = 2 << 20
_MADV_COLLAPSE = 25  # since Linux 6.1
_WRITTEN = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0 *(?:\[heap\])?$", re.MULTILINE)


def collapse() -> None:
    """Put this process's own memory into large pages, where the kernel can; else it stays as it is.

    A page that a fork writes is still copied by itself.
    """
    if sys.platform != "linux":
        return
    assert LIBC is not None
    for start, length in _blocks(
        Path("/proc/self/maps").read_text(encoding="ascii", errors="replace")
    ):
        LIBC.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _MADV_COLLAPSE)


def _blocks(maps: str) -> Iterator[tuple[int, int]]:
    """Yield where large pages fit into memory that belongs to no file, and how many bytes."""
    for match in _WRITTEN.finditer(maps):
        start, end = (int(address, 16) for address in match.groups())
        start = -(-start // _LARGE_BYTES) * _LARGE_BYTES
        end = end // _LARGE_BYTES * _LARGE_BYTES
        if start < end:
            yield start, end - start
