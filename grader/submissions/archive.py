"""Zips, read in memory and within limits; nothing of them is ever written to a disk."""

from __future__ import annotations

import contextlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from grader.errors import NotebookError
from grader.notebook import open_regular

__all__ = ["LIMIT_ENTRIES", "Member", "list_members", "read_member"]

LIMIT_ENTRIES = 10_000
_LIMIT_DIRECTORY_BYTES = 4 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_LIMIT_NAME = 255

# What `zipfile` raises for one damaged file or another; it documents only the first.
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    OSError,
    RuntimeError,  # NotImplementedError too: a method of compression that it does not know
    ValueError,
)
_AGAIN = "Make the zip again and look that it opens, or hand in the .ipynb file itself."


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of a zip.

    Attributes
    ----------
    index : int
        Its place in the zip's directory.
    parts : tuple of str
        Folders and name, without any part that leads upwards.
    folder : bool
        Whether it is a folder.
    fault : str
        Why it must not be opened; empty where it may.
    modified : float
        When the file was last changed, by the clock of who packed it [s].
    """

    index: int
    parts: tuple[str, ...]
    folder: bool
    fault: str
    modified: float


class _BoundedReads:
    """A file that refuses to be read in one great piece.

    `zipfile` reads a zip's whole directory at once and makes an object of each of its entries; this
    holds whatever size the zip claims for it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        wanted = size if 0 <= size <= _LIMIT_DIRECTORY_BYTES else _LIMIT_DIRECTORY_BYTES + 1
        content = self._file.read(wanted)
        if len(content) > _LIMIT_DIRECTORY_BYTES:
            raise NotebookError(_too_many())
        return content


def list_members(archive: Path, *, within: Path | None = None) -> list[Member]:
    """Return the entries of a zip in the order of its directory; nothing is unpacked.

    Raises
    ------
    NotebookError
        It is no zip, damaged, or has more than `LIMIT_ENTRIES` entries.
    """
    with _opened(archive, within) as opened:
        infos = opened.infolist()
        if len(infos) > LIMIT_ENTRIES:
            raise NotebookError(_too_many())
        return [_member(index, info) for index, info in enumerate(infos)]


def read_member(
    archive: Path, index: int, limit_bytes: int, *, within: Path | None = None
) -> bytes:
    """Unpack one entry of a zip in memory: at most `limit_bytes` and one more.

    Raises
    ------
    NotebookError
        The zip or the entry is damaged, or it is not there any more.
    """
    with _opened(archive, within) as opened:
        info = opened.infolist()[index]
        fault = _member(index, info).fault
        if fault:  # the file was exchanged since it was listed
            raise NotebookError(fault)
        content = bytearray()
        with opened.open(info) as member:
            # What the zip says of the size is not believed: a bomb ends at the limit.
            while len(content) <= limit_bytes and (chunk := member.read(_CHUNK_BYTES)):
                content += chunk
        return bytes(content[: limit_bytes + 1])


@contextlib.contextmanager
def _opened(archive: Path, within: Path | None) -> Iterator[zipfile.ZipFile]:
    with open_regular(archive, within=within) as file:
        try:
            with zipfile.ZipFile(_BoundedReads(file)) as opened:
                yield opened
        except _FAULTS as error:
            raise NotebookError(f"cannot be unpacked: its zip is damaged. {_AGAIN}") from error


def _member(index: int, info: zipfile.ZipInfo) -> Member:
    name = _name(info).replace("\\", "/")  # some tools of Windows write these between folders
    raw_parts = name.split("/")
    parts = tuple(part for part in raw_parts if part not in {"", ".", ".."})
    unsafe = ".." in raw_parts or name.startswith("/") or re.match(r"[A-Za-z]:", name) is not None
    if unsafe or "\0" in info.orig_filename:
        fault = f"has a name in its zip that leads elsewhere. {_AGAIN}"
    else:
        fault = _fault(info, parts)
    return Member(
        index=index,
        parts=parts,
        folder=name.endswith("/"),
        fault=fault,
        modified=_modified(info),
    )


def _modified(info: zipfile.ZipInfo) -> float:
    try:
        return datetime(*info.date_time, tzinfo=UTC).timestamp()
    except ValueError:  # the thirtieth of February: nothing checks it
        return 0.0


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x800:
        return info.filename
    # Without that flag, zipfile takes names for code page 437, as the format says; but macOS
    # writes UTF-8 without setting it.
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _fault(info: zipfile.ZipInfo, parts: tuple[str, ...]) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return f"is a link or a special file in its zip. {_AGAIN}"
    if info.flag_bits & 0x1:
        return "is encrypted with a password. Make the zip without one and hand it in again."
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return f"is packed by an unusual method. {_AGAIN}"
    if any(len(part) > _LIMIT_NAME for part in parts):
        return f"has a name of more than {_LIMIT_NAME} characters. Shorten it. {_AGAIN}"
    return ""


def _too_many() -> str:
    return f"holds more than {LIMIT_ENTRIES:,} files. Hand in the .ipynb file alone."
