"""Writes files into a session's working folder before its first cell runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def receive_files(files: Mapping[str, Any]) -> str:
    """Write files that the trusted side sent into the folder that this process works in.

    Returns
    -------
    str
        Why they could not be written; empty on success.
    """
    try:
        place_files(Path(), files)
    except OSError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def place_files(folder: Path, files: Mapping[str, Any]) -> None:
    """Write files into a folder in which none of them exists yet.

    Parameters
    ----------
    folder : Path
        A new folder.
    files : Mapping of str to bytes-like
        Content by path below the folder, with ``/`` as separator.
    """
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(memoryview(content))
