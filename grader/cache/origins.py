"""Fingerprints of what results depend on: files, this package, Python, packages, the processor."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import FileIO
from pathlib import Path

import numpy as np

MAX_FILES = 20_000
MAX_BYTES = 64 << 20

# These and the processor's features decide how numpy and its BLAS round sums.
_VARIABLES = ("BLAS", "BLIS", "MATPLOTLIB", "MKL", "MPL", "NPY", "OMP", "OPENBLAS", "VECLIB")
_PROCESSOR = ("cpu family", "flags", "Features", "model", "stepping", "vendor_id", "CPU part")


class UnreadableError(Exception):
    """Files on which a cache depends are unreadable, or too many."""


@dataclass(frozen=True, slots=True)
class FilesRead:
    """The state of files when they were read.

    Attributes
    ----------
    folder : Path
        Folder of the relative names.
    digest : bytes
        A hash of their names and contents.
    states : Mapping of str to tuple of int
        When each was last changed [ns], and its size [byte].
    """

    folder: Path
    digest: bytes
    states: Mapping[str, tuple[int, int]]

    def are_unchanged(self) -> bool:
        """Return whether they are unchanged, so that results since then belong to them."""
        try:
            return all(
                _state((self.folder / name).stat()) == state for name, state in self.states.items()
            )
        except OSError:
            return False


def read_files(folder: Path, names: Iterable[str]) -> FilesRead:
    """Read files, and all files in folders; names are relative to `folder`, missing ones left out.

    Raise UnreadableError if one is a link or unreadable, or they are too many or too large.
    """
    digest, states, left = hashlib.blake2b(digest_size=32), {}, MAX_BYTES
    try:
        for name in _paths(folder, names):
            content = b""
            if not name.endswith("/"):
                with FileIO(f"{folder}/{name}") as file:
                    states[name] = _state(os.fstat(file.fileno()))
                    left -= states[name][1]
                    if left < 0 or len(states) > MAX_FILES:
                        raise UnreadableError("these are too many files to read in each run")
                    content = file.readall()
            for part in (os.fsencode(name), content):
                digest.update(len(part).to_bytes(8, "big") + part)
    except OSError as error:
        raise UnreadableError(str(error)) from error
    return FilesRead(folder, digest.digest(), states)


def _state(found: os.stat_result) -> tuple[int, int]:
    return found.st_mtime_ns, found.st_size


def _paths(folder: Path, names: Iterable[str]) -> Iterator[str]:
    """Yield the names of files, and of the folders around them with a slash at the end."""
    for name in names:
        path = folder / name
        if path.is_symlink():
            raise UnreadableError(f"`{path}` is a link")
        if path.is_dir():
            yield from _paths_below(str(folder), name)
        elif path.exists():
            yield name


def _paths_below(folder: str, name: str) -> Iterator[str]:
    yield f"{name}/"
    with os.scandir(f"{folder}/{name}") as entries:  # takes a fifth of Path's time
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        below = f"{name}/{entry.name}"
        if entry.is_symlink():
            raise UnreadableError(f"`{entry.path}` is a link")
        if not entry.is_dir():
            yield below
        elif entry.name != "__pycache__":
            yield from _paths_below(folder, below)


@cache
def installation() -> bytes:
    """Return a hash of everything in this installation that results depend on."""
    parts = (
        _own_code(),
        sys.version,
        np.__version__,
        *sorted(_packages()),
        *platform.uname()[:1],
        platform.machine(),
        _c_library(),
        *_processor(),
        *(f"{key}={os.environ[key]}" for key in sorted(os.environ) if key.startswith(_VARIABLES)),
    )
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=32).digest()


def _own_code() -> str:
    """Return a hash of this package's files, which may change without a new version."""
    package = Path(__file__).parents[1]
    return read_files(package.parent, [package.name]).digest.hex()


def _packages() -> Iterator[str]:
    """Yield name and version of each installed package, as in its folder's name."""
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or ".") as entries:
            yield from (each.name for each in entries if each.name.endswith("-info"))


def _c_library() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        return platform.release()  # each release of macOS has one C library


def _processor() -> Iterator[str]:
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            first = file.read(1 << 13).partition("\n\n")[0]
    except OSError:
        yield platform.processor()
    else:
        yield from (line for line in first.splitlines() if line.startswith(_PROCESSOR))
