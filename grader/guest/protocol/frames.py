"""Frames: one message between the trusted side and a session.

A frame is a magic, the length of its header (u32), the number of its buffers (u32), their lengths
(u64 each), the header (a flat msgpack array, see `dtypes`) and the raw buffers. Both ends refuse a
frame over the caps before they allocate memory for it. There is no pickle, and everything is
checked: a reader gets a value or a `WireError`, for any bytes.
"""

from __future__ import annotations

import contextlib
import mmap
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TypeAlias

MAX_HEADER_BYTES = 1 << 20
MAX_BUFFERS = 256
MAX_RAW_BYTES = 64 << 20
MAX_TEXT_BYTES = 16 << 20  # of long texts and bytes, which are copied when read
MAX_DEPTH = 32
MAX_NODES = 100_000

MAGIC = b"GRD1"
_PREFIX = struct.Struct("<4sII")
_HUGE_BYTES, _HUGE_PAGE = 4 << 20, 2 << 20
_JOINED_BYTES = 1 << 16  # smaller pieces are written and read together

Raw: TypeAlias = bytes | bytearray | memoryview
"""The bytes of a buffer in memory."""


class WireError(Exception):
    """A frame or a value violates the wire format.

    It does not derive from `grader.errors`, which the sandbox lacks. The trusted side of a session
    turns it into a `Died` answer, so that callers never see it.
    """


def frame(header: bytes, buffers: Sequence[Raw]) -> Iterator[Raw]:
    """Yield the bytes of a frame in few pieces.

    Raises
    ------
    WireError
        The message exceeds a cap.
    """
    lengths = [len(buffer) for buffer in buffers]
    _check_caps(len(header), lengths)
    pending = [
        _PREFIX.pack(MAGIC, len(header), len(lengths)),
        struct.pack(f"<{len(lengths)}Q", *lengths),
        header,
    ]
    for buffer in buffers:
        if len(buffer) < _JOINED_BYTES:
            pending.append(bytes(buffer))
            continue
        yield b"".join(pending)
        pending.clear()
        yield buffer
    if pending:
        yield b"".join(pending)


def read_frame(read: Callable[[int], memoryview]) -> tuple[memoryview, list[memoryview]]:
    """Return the header and the buffers of the next frame.

    Parameters
    ----------
    read : callable
        Returns exactly the given number of bytes, or raises.

    Raises
    ------
    WireError
        The data exceed a cap or are not a frame.
    """
    magic, header_bytes, count = _PREFIX.unpack(read(_PREFIX.size))
    if magic != MAGIC:
        raise WireError(f"a frame starts with {magic!r} instead of {MAGIC!r}")
    if count > MAX_BUFFERS:
        raise WireError(f"a frame has {count} buffers, at most {MAX_BUFFERS} are allowed")
    lengths = struct.unpack(f"<{count}Q", read(8 * count)) if count else ()
    _check_caps(header_bytes, lengths)
    return read(header_bytes), _read_buffers(lengths, read)


def _read_buffers(lengths: Sequence[int], read: Callable[[int], memoryview]) -> list[memoryview]:
    """Read the buffers, small ones together, since a system call is slower than a copy."""
    if sum(lengths) > _JOINED_BYTES:
        return [read(length) for length in lengths]
    whole = read(sum(lengths))
    ends = list(accumulate(lengths, initial=0))
    # Each in its own memory, so that it is aligned for numpy.
    return [memoryview(bytearray(whole[start:end])) for start, end in pairwise(ends)]


def _check_caps(header_bytes: int, lengths: Sequence[int]) -> None:
    if header_bytes > MAX_HEADER_BYTES:
        raise WireError(f"a header of {header_bytes} bytes, at most {MAX_HEADER_BYTES} are allowed")
    if len(lengths) > MAX_BUFFERS:
        raise WireError(f"{len(lengths)} buffers, at most {MAX_BUFFERS} are allowed")
    if sum(lengths) > MAX_RAW_BYTES:
        raise WireError(f"buffers of {sum(lengths)} bytes, at most {MAX_RAW_BYTES} are allowed")


def blank(count: int) -> memoryview:
    """Return `count` bytes to write into.

    A large block uses huge pages if the system has them: in a new fork, touching 8 MB of ordinary
    pages for the first time is slower than everything that is done with them.
    """
    if count < _HUGE_BYTES or not hasattr(mmap, "MADV_HUGEPAGE"):
        return memoryview(bytearray(count))
    whole_pages = -(-count // _HUGE_PAGE) * _HUGE_PAGE
    try:
        block = mmap.mmap(-1, whole_pages, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(f"no memory for {count} bytes") from error
    with contextlib.suppress(OSError):  # the kernel may have no huge pages
        block.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(block)[:count]


def read_exactly(sock: socket.socket, count: int) -> memoryview:
    """Return `count` bytes of a blocking socket; EOFError if the other end has closed."""
    data = blank(count)
    done = 0
    while done < count:
        received = sock.recv_into(data[done:])
        if received == 0:
            raise EOFError("the other end has closed")
        done += received
    return data


def send_frame(sock: socket.socket, header: bytes, buffers: Sequence[Raw]) -> None:
    """Send one frame over a blocking socket."""
    for piece in frame(header, buffers):
        sock.sendall(piece)
