"""What results depend on beside the course: this package, Python, other packages, the processor."""

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

# The processor's features, and these, decide how numpy and its BLAS add up, to the last bit.
_VARIABLES = ("BLAS", "BLIS", "MATPLOTLIB", "MKL", "MPL", "NPY", "OMP", "OPENBLAS", "VECLIB")
_PROCESSOR = ("cpu family", "flags", "Features", "model", "stepping", "vendor_id", "CPU part")


class UnreadableError(Exception):
    """Files that a cache would have to know cannot all be read, or are too many."""


@dataclass(frozen=True, slots=True)
class FilesRead:
    """Files as they were when they were read.

    Attributes
    ----------
    folder : Path
        What their names are below.
    digest : bytes
        A hash of their names and of what they held.
    states : Mapping of str to tuple of int
        When each was last changed [ns], and its size [byte].
    """

    folder: Path
    digest: bytes
    states: Mapping[str, tuple[int, int]]

    def are_unchanged(self) -> bool:
        """Tell whether they still are as they were; what was worked out since is of them then."""
        try:
            return all(
                _state((self.folder / name).stat()) == state for name, state in self.states.items()
            )
        except OSError:
            return False


def read_files(folder: Path, names: Iterable[str]) -> FilesRead:
    """Read files, and all files in folders.

    Parameters
    ----------
    folder : Path
        What the names are below.
    names : iterable of str
        Files and folders; those that are not there are left out.

    Raises
    ------
    UnreadableError
        There is a link among them, they are too many or too large, or one cannot be read.
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
    with os.scandir(f"{folder}/{name}") as entries:  # a fifth of the time that Path takes
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
    """Return a hash of all that makes this installation's results what they are."""
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
    """Return a hash of what this package's modules hold; they may be changed in one version."""
    package = Path(__file__).parents[1]
    return read_files(package.parent, [package.name]).digest.hex()


def _packages() -> Iterator[str]:
    """Yield name and version of each package that is installed, as its folder is called."""
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or ".") as entries:
            yield from (each.name for each in entries if each.name.endswith("-info"))


def _c_library() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        return platform.release()  # macOS has one C library a release


def _processor() -> Iterator[str]:
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            first = file.read(1 << 13).partition("\n\n")[0]
    except OSError:
        yield platform.processor()
    else:
        yield from (line for line in first.splitlines() if line.startswith(_PROCESSOR))
