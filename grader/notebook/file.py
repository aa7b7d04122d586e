"""Opens untrusted files without blocking, and reads them up to a limit."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from grader.errors import NotebookError

_NOISE = frozenset({"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"})

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO that took the file's place would wait for a writer
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def is_hidden(name: str) -> bool:
    """Return whether a file or folder belongs to a tool: checkpoints, .git, __MACOSX."""
    return name.startswith(".") or name in _NOISE


def open_regular(path: Path, *, within: Path | None = None) -> BinaryIO:
    """Open an ordinary file for reading.

    Parameters
    ----------
    path : Path
        The file, or a link to one.
    within : Path, optional
        A folder that links must not lead out of.

    Raises
    ------
    NotebookError
        It does not exist, may not be read, is not an ordinary file, or leads out of `within`.
    """
    try:
        if within is not None and not _stays_within(path, within):
            raise NotebookError("is a link that leads out of its folder; hand in the file itself")
        _refuse_special(path.stat().st_mode)  # first: opening a device can already act on it
        return _opened(path)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: `resolve` in a loop
        raise NotebookError(_why(error)) from error


def _stays_within(path: Path, folder: Path) -> bool:
    """Return whether a file is inside a folder after links are followed."""
    way = [path]
    while way[-1] != folder and way[-1].name not in ("", ".."):
        way.append(way[-1].parent)
    if way.pop() == folder and not any(map(os.path.islink, way)):
        return True  # the usual case: resolving a path takes longer than reading a notebook
    return path.resolve().is_relative_to(folder.resolve())


def _opened(path: Path) -> BinaryIO:
    with contextlib.ExitStack() as on_failure:
        file = on_failure.enter_context(os.fdopen(os.open(path, _FLAGS), "rb"))
        _refuse_special(os.fstat(file.fileno()).st_mode)
        on_failure.pop_all()
    return file


def read_regular(path: Path, limit_bytes: int, *, within: Path | None = None) -> bytes:
    """Return the bytes of an ordinary file, at most `limit_bytes` + 1."""
    with open_regular(path, within=within) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            return file.read(min(size, limit_bytes) + 1)
        except OSError as error:
            raise NotebookError(_why(error)) from error


def _refuse_special(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise NotebookError("is a folder; hand in the notebook file itself")
    if not stat.S_ISREG(mode):
        raise NotebookError("is not an ordinary file; hand in the notebook file itself")


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist; hand it in again"
    if isinstance(error, PermissionError):
        return "may not be read; give the grader permission to read the file"
    cause = error.strerror if isinstance(error, OSError) else None
    return f"cannot be opened ({cause or 'its path is not usable'}); hand it in again"
