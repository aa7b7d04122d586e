"""Zips, read in memory and within limits; nothing is ever unpacked to a disk."""

from __future__ import annotations

import contextlib
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from grader.errors import NotebookError
from grader.notebook import open_regular

LIMIT_ENTRIES = 10_000
LIMIT_ENTRIES_OF_CLASS = 50_000
_LIMIT_DIRECTORY_BYTES = 4 * 1024 * 1024
_LIMIT_DIRECTORY_BYTES_OF_CLASS = 16 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_LIMIT_NAME = 255
_HEAD = struct.Struct("<28x3H8xL")
"""Lengths of name, extra field and comment, and the offset, in an entry of the directory."""
_NOT_HERE = 0xFFFF_FFFF
"""Placeholder for a number that does not fit in 32 bits."""

# The errors that `zipfile` raises for damaged files; it documents only the first.
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    OSError,
    RuntimeError,  # includes NotImplementedError: an unknown compression method
    ValueError,
)
_AGAIN = "Make the zip again and check that it opens, or hand in the .ipynb file itself."


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """Position of an entry of a zip's directory in the file [bytes].

    Attributes
    ----------
    start, size : int
        Offset and length.
    before : int
        Length of data in front of the zip, which its own offsets do not count.
    checksum : int
        Checksum of the entry, to notice that the zip was replaced.
    """

    start: int
    size: int
    before: int
    checksum: int


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of a zip.

    Attributes
    ----------
    index : int
        Its index in the zip's directory.
    entry : DirectoryEntry, optional
        Position of its directory entry, so that it can be read without the others.
    parts : tuple of str
        Folders and name, without parts that lead upwards.
    folder : bool
        Whether it is a folder.
    fault : str
        Why it must not be opened; empty if it may be.
    modified : float
        When the file was last changed, by the clock of the computer that packed it [s].
    """

    index: int
    entry: DirectoryEntry | None
    parts: tuple[str, ...]
    folder: bool
    fault: str
    modified: float


class _BoundedReads:
    """A file that refuses to return more than `limit_bytes` in one read.

    `zipfile` reads the whole directory of a zip at once and makes an object of each entry; this
    bounds both, whatever size the zip claims.
    """

    def __init__(self, file: BinaryIO, limit_bytes: int) -> None:
        self._file = file
        self._limit = limit_bytes
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        wanted = size if 0 <= size <= self._limit else self._limit + 1
        content = self._file.read(wanted)
        if len(content) > self._limit:
            raise NotebookError(_too_many(LIMIT_ENTRIES))
        return content


class _WithOneEntry(io.RawIOBase):
    """A zip that appears to have one entry, so that the directory of a class is not read again."""

    def __init__(self, file: BinaryIO, entry: DirectoryEntry) -> None:
        file.seek(entry.start)
        kept = file.read(entry.size)
        if zlib.crc32(kept) != entry.checksum:
            raise NotebookError("is in a zip that has changed since it was listed. Grade it again.")
        end = (b"PK\5\6", 0, 0, 1, 1, len(kept), entry.start - entry.before, 0)
        self._file, self._start, self._at = file, entry.start, 0
        self._tail = kept + struct.pack("<4s4H2LH", *end)

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        size = self._start + len(self._tail)
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        if self._at < self._start:
            self._file.seek(self._at)
            content = self._file.read(min(size, self._start - self._at))
        else:
            begin = self._at - self._start
            content = self._tail[begin : None if size < 0 else begin + size]
        self._at += len(content)
        return content


def list_members(archive: Path, *, within: Path | None = None) -> list[Member]:
    """Return the entries of a zip in the order of its directory, without unpacking any.

    A zip that lies in no folder (`within` is None) may hold a class, so its limits are higher.

    Raises
    ------
    NotebookError
        It is no zip, is damaged, or has too many entries.
    """
    of_class = within is None
    most = LIMIT_ENTRIES_OF_CLASS if of_class else LIMIT_ENTRIES
    limit = _LIMIT_DIRECTORY_BYTES_OF_CLASS if of_class else _LIMIT_DIRECTORY_BYTES
    with (
        open_regular(archive, within=within) as file,
        _opened(_BoundedReads(file, limit)) as zipped,
    ):
        infos = zipped.infolist()
        if len(infos) > most:
            raise NotebookError(_too_many(most))
        entries = _entries(file, zipped.start_dir, infos)
        return [_member(*each) for each in zip(range(len(infos)), infos, entries, strict=True)]


def _entries(
    file: BinaryIO, start: int, infos: Sequence[zipfile.ZipInfo]
) -> Iterator[DirectoryEntry | None]:
    """Yield the positions of the entries of a directory; None if 32 bits cannot hold one."""
    for info in infos:
        file.seek(start)
        head = file.read(_HEAD.size)
        *lengths, offset = _HEAD.unpack(head)
        whole = head + file.read(sum(lengths))
        before = info.header_offset - offset
        small = offset < _NOT_HERE and 0 <= start - before < _NOT_HERE
        yield DirectoryEntry(start, len(whole), before, zlib.crc32(whole)) if small else None
        start += len(whole)


def read_member(
    archive: Path,
    index: int,
    limit_bytes: int,
    *,
    within: Path | None = None,
    entry: DirectoryEntry | None = None,
) -> bytes:
    """Return the content of one entry of a zip: at most `limit_bytes` + 1 bytes.

    Raises
    ------
    NotebookError
        The zip or the entry is damaged or no longer exists.
    """
    with open_regular(archive, within=within) as file, _opened(_part(file, entry)) as zipped:
        info = zipped.infolist()[0 if entry else index]
        fault = _member(index, info, entry).fault
        if fault:  # the file was replaced since it was listed
            raise NotebookError(fault)
        content = bytearray()
        with zipped.open(info) as member:
            # The size that the zip states is not trusted: a bomb ends at the limit.
            while len(content) <= limit_bytes and (chunk := member.read(_CHUNK_BYTES)):
                content += chunk
        return bytes(content[: limit_bytes + 1])


def _part(file: BinaryIO, entry: DirectoryEntry | None) -> _WithOneEntry | _BoundedReads:
    if entry is not None:
        return _WithOneEntry(file, entry)
    return _BoundedReads(file, _LIMIT_DIRECTORY_BYTES_OF_CLASS)


@contextlib.contextmanager
def _opened(file: _WithOneEntry | _BoundedReads) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as opened:
            yield opened
    except _FAULTS as error:
        raise NotebookError(f"cannot be unpacked: its zip is damaged. {_AGAIN}") from error


def _member(index: int, info: zipfile.ZipInfo, entry: DirectoryEntry | None) -> Member:
    name = _name(info).replace("\\", "/")  # the separator of some Windows tools
    raw_parts = name.split("/")
    parts = tuple(part for part in raw_parts if part not in {"", ".", ".."})
    unsafe = ".." in raw_parts or name.startswith("/") or re.match(r"[A-Za-z]:", name) is not None
    if unsafe or "\0" in info.orig_filename:
        fault = f"has a name in its zip that leads elsewhere. {_AGAIN}"
    else:
        fault = _fault(info, parts)
    return Member(index, entry, parts, name.endswith("/"), fault, _modified(info))


def _modified(info: zipfile.ZipInfo) -> float:
    try:
        return datetime(*info.date_time, tzinfo=UTC).timestamp()
    except ValueError:  # such as 30 February: zips may state any numbers
        return 0.0


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x800:
        return info.filename
    # Without that flag, zipfile decodes names as code page 437, as the format says; but macOS
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
        return "is encrypted with a password. Make the zip without a password and hand it in again."
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return f"is packed with an unusual compression method. {_AGAIN}"
    if any(len(part) > _LIMIT_NAME for part in parts):
        return f"has a name of more than {_LIMIT_NAME} characters. Shorten it. {_AGAIN}"
    return ""


def _too_many(most: int) -> str:
    return f"holds more than {most:,} files. Hand in the .ipynb file alone."
