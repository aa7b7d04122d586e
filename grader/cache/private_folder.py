"""A private folder of cache entries, each named by a hash of everything that it depends on.

The entries hold expected values and hidden inputs. Only their owner may enter the folder, and an
entry is used only if its checksum, made with the folder's own key, is right. No error of the
folder, the disk or an entry ends a run: unreadable entries are absent, and entries that cannot be
written are left out.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from grader.guest.protocol.frames import WireError
from grader.guest.protocol.values import Value

MAX_TOTAL_BYTES = 200_000_000
MAX_ENTRY_BYTES = 16 << 20

_FOLDER = "preparation"
_MAGIC = b"grader cache 1\n"
_KEY, _KEY_BYTES = "key", 32
_HEAD_BYTES = len(_MAGIC) + _KEY_BYTES
_TEMPORARY, _TEMPORARY_S = "tmp-", 3600.0
_SWEPT_EVERY_BYTES = 16 << 20
_USED_EVERY_S = 3600.0
_BLOCK = 4096


class Cache:
    """Entries in a private folder; see `open_cache`.

    Attributes
    ----------
    folder : Path
        The folder.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self.folder = folder
        self._key = key
        self._unswept = _SWEPT_EVERY_BYTES  # so that the first write of a run sweeps, too

    def name_of(self, *parts: bytes) -> str:
        """Return the name of the entry that depends on these parts.

        It is a hash with the folder's key, so that the parts cannot be guessed from it.
        """
        digest = hashlib.blake2b(key=self._key, digest_size=24)
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()

    def read(self, name: str) -> Value | None:
        """Return the value of an entry; None if it is absent, damaged or of another folder."""
        from grader.guest.protocol.packed_value import unpack  # numpy with it

        with (
            suppress(OSError, ValueError),
            _opened(self.folder) as folder,
            _regular(folder, name) as stream,
        ):
            content = stream.read(MAX_ENTRY_BYTES + 1)
            head, body = content[:_HEAD_BYTES], content[_HEAD_BYTES:MAX_ENTRY_BYTES]
            if not hmac.compare_digest(head, self._head(name, body)):
                return None
            if time.time() - os.fstat(stream.fileno()).st_mtime > _USED_EVERY_S:
                os.utime(name, dir_fd=folder)  # the least recently used entries are removed first
            return unpack(body)
        return None

    def write(self, name: str, value: Value) -> None:
        """Write a value as an entry, completely or not at all."""
        from grader.guest.protocol.packed_value import pack

        with suppress(OSError, WireError), _opened(self.folder) as folder:
            content = pack(value)
            if len(content) > MAX_ENTRY_BYTES - _HEAD_BYTES:
                return
            _put(folder, name, self._head(name, content) + content)
            self._unswept += len(content)
            if self._unswept >= _SWEPT_EVERY_BYTES:
                self._unswept = 0
                _make_room(folder)

    def _head(self, name: str, content: bytes) -> bytes:
        digest = hashlib.blake2b(name.encode(), key=self._key, digest_size=_KEY_BYTES)
        digest.update(content)
        return _MAGIC + digest.digest()


def hidden_from_sessions(course: Path, cache: Cache | None) -> list[Path]:
    """Return the folders to hide from all sessions."""
    return [course, *([] if cache is None else [cache.folder])]


def open_cache(warn: Callable[[str], object] = warnings.warn) -> Cache | None:
    """Return this user's cache, made if necessary; None if none can be used.

    It is in ``$GRADER_CACHE``, else ``$XDG_CACHE_HOME/grader``, else ``~/.cache/grader``. `warn` is
    called with the reason if the folder is not private.
    """
    if not hasattr(os, "geteuid"):  # Windows: a folder's mode does not show who may read it
        return None
    try:
        folder = _place()
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        with _opened(folder) as opened:
            return Cache(folder, _read_key(opened))
    except _NotPrivateError as error:
        warn(f"The cache is not used: {error}. To run without a cache: --no-cache.")
    except (OSError, RuntimeError):  # no home, or not writable
        pass
    return None


def _place() -> Path:
    own, shared = os.environ.get("GRADER_CACHE"), os.environ.get("XDG_CACHE_HOME")
    if own:
        return Path(own).absolute() / _FOLDER
    if shared and Path(shared).is_absolute():  # the XDG specification requires that
        return Path(shared) / "grader" / _FOLDER
    return Path.home() / ".cache" / "grader" / _FOLDER


class _NotPrivateError(OSError):
    """Users other than the owner may use the folder; the message says why."""


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """Open a folder that is private to its owner; a descriptor, so that it cannot be replaced."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        state = os.fstat(opened)
        if state.st_uid != os.geteuid():
            raise _NotPrivateError(f"`{folder}` belongs to another user")
        if stat.S_IMODE(state.st_mode) & 0o077:
            advice = f"remove their rights (`chmod 700 {folder}`)"
            raise _NotPrivateError(f"other users may enter `{folder}`; {advice}")
        yield opened
    finally:
        os.close(opened)


def _read_key(folder: int) -> bytes:
    """Return the folder's key, made if there is none.

    If several runs make it at once, the last key stays; entries under another key are absent for
    later runs.
    """
    for _ in range(2):
        with suppress(FileNotFoundError), _regular(folder, _KEY) as stream:
            key = stream.read(_KEY_BYTES + 1)
            if len(key) == _KEY_BYTES:
                return key
        _put(folder, _KEY, secrets.token_bytes(_KEY_BYTES))
    raise OSError("the key of the cache cannot be written")


@contextmanager
def _regular(folder: int, name: str) -> Iterator[BinaryIO]:
    """Open a regular file of the folder; raise OSError for a link or a pipe."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(f"`{name}` is not a regular file")
        yield stream


def _put(folder: int, name: str, content: bytes) -> None:
    temporary = _temporary(folder, content)
    try:
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _temporary(folder: int, content: bytes) -> str:
    """Write a file under an unused name; remove it if writing fails."""
    name = _TEMPORARY + secrets.token_hex(8)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(name, flags, 0o600, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
    except OSError:  # the disk is full
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
        raise
    return name


def _make_room(folder: int) -> None:
    """Remove incomplete files of killed runs, and the least recently used entries."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # another run may remove it first
                state = entry.stat(follow_symlinks=False)
                if entry.name != _KEY:
                    found.append((state.st_mtime, -(-state.st_size // _BLOCK) * _BLOCK, entry.name))
    total, now = sum(size for _, size, _ in found), time.time()
    for used, size, name in sorted(found):
        left_over = name.startswith(_TEMPORARY) and now - used > _TEMPORARY_S
        if left_over or total > MAX_TOTAL_BYTES:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
                total -= size
