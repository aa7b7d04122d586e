"""Provides the grader's own package, msgpack and stand-ins for pip to the sandbox."""

from __future__ import annotations

import shlex
import shutil
import stat
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from grader.guest.programs.installers import NAMES
from grader.sandbox.interpreter import guest_folder, msgpack_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimePackages:
    """The folders that the grader provides, on this machine or as a session sees them.

    Attributes
    ----------
    guest, msgpack : Path
        Folders of the packages.
    programs : Path
        Folder of the stand-ins for pip and others, which `fill_programs` writes.
    """

    guest: Path
    msgpack: Path
    programs: Path

    @property
    def places(self) -> tuple[Path, Path, Path]:
        """All three folders."""
        return self.guest, self.msgpack, self.programs


def provide_packages(stack: ExitStack, *, to_others: bool, shown: bool) -> RuntimePackages:
    """Return the folders of the packages, as copies if their user could not reach the originals.

    A checkout of root's is commonly in /root, which other users cannot enter. `to_others`: another
    user reads them. `shown`: bubblewrap shows them, so that the folders above them need not be
    open.
    """
    places = {"guest": guest_folder(), "msgpack": msgpack_folder()}
    if to_others:
        for name, source in places.items():
            closed = closed_to_others(source)
            if closed is not None and (not shown or closed == source):
                places[name] = public_copy(source, stack)
    return RuntimePackages(**places, programs=public_folder(stack))


def fill_programs(folder: Path, python: Path, guest: Path) -> dict[str, str]:
    """Write stand-ins for pip and others to a folder; return their environment variables.

    `python` runs them, from `guest`, the folder where the package that runs inside is visible. Some
    variables make the real programs, which a full path still reaches, give up at once.
    """
    sources = guest / "programs"
    call = f"exec {shlex.quote(str(python))} -I {shlex.quote(str(sources / 'installers.py'))}"
    for name in NAMES:
        program = folder / name
        program.write_text(f'#!/bin/sh\n{call} "$0" "$@"\n')
        program.chmod(0o755)
    return {
        "PYTHONPATH": str(sources),  # for `python -m pip`
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_INPUT": "1",
        "PIP_RETRIES": "0",
        "UV_OFFLINE": "1",
    }


def public_folder(stack: ExitStack) -> Path:
    """Make a folder that all users may read."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="notebook-grader-")))
    folder.chmod(0o755)
    return folder


def public_copy(source: Path, stack: ExitStack) -> Path:
    """Copy a package to a folder that all users may read."""
    copy = public_folder(stack) / source.name
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (copy, *copy.rglob("*")):  # after `umask 077` the originals are closed to others
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def closed_to_others(path: Path) -> Path | None:
    """Return the nearest folder on the path that only its owner may enter; None if all are open."""
    resolved = path.resolve()
    way = (resolved, *resolved.parents) if resolved.is_dir() else resolved.parents
    return next((each for each in way if not each.stat().st_mode & stat.S_IXOTH), None)
