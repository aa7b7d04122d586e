"""Makes a cgroup around a zygote and its sessions, if this user may (mostly as root)."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
NUMBERS = count()
CGROUPS = Path("/proc/self/cgroup")
PREFIX = "notebook-grader-"
EMPTY_WITHIN_S = 1.0
SHARE = 1024  # the kernel's default for each cgroup, and each process outside of any


@dataclass(frozen=True, slots=True)
class Cgroup:
    """A cgroup that limits the memory and the share of time of one zygote's processes.

    It has a folder in each hierarchy; version 2 has one hierarchy for everything.
    """

    folders: tuple[Path, ...]

    def add(self, pid: int) -> None:
        """Put a process into it, with everything that it starts from now on."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(f"{pid}\n")

    def remove(self) -> None:
        """Remove it as soon as the last process in it is gone; leave it if that takes long."""
        until = time.monotonic() + EMPTY_WITHIN_S
        left = set(self.folders)
        while left and time.monotonic() < until:
            for folder in tuple(left):
                with suppress(OSError):
                    folder.rmdir()
                    left.discard(folder)
            if left:
                time.sleep(0.01)


def make_cgroup(limit_bytes: int, root: Path = ROOT) -> Cgroup | None:
    """Make a cgroup for all processes of a zygote; None if that is not possible.

    `limit_bytes` is their memory together, including files in memory. If the kernel can share
    processors among cgroups, this one gets no more than any other, regardless of how many processes
    it has.
    """
    name = f"{PREFIX}{os.getpid()}-{next(NUMBERS)}"
    if (root / "memory").is_dir():
        memory = _make(root / "memory" / name, {"memory.limit_in_bytes": limit_bytes})
        share = _make(_own_place(root / "cpu") / name, {"cpu.shares": SHARE})
    else:
        memory, share = _make(root / name, {"memory.max": limit_bytes}), None
    if memory is None:
        if share is not None:
            share.rmdir()
        return None
    return Cgroup(tuple(folder for folder in (memory, share) if folder is not None))


def _own_place(hierarchy: Path) -> Path:
    """Return this process's cgroup of version 1: shares count among its children."""
    for line in CGROUPS.read_text().splitlines() if CGROUPS.exists() else ():
        _, controllers, path = line.split(":", 2)
        own = hierarchy / path.lstrip("/")
        if hierarchy.name in controllers.split(",") and own.is_dir():
            return own
    return hierarchy


def _make(folder: Path, settings: Mapping[str, int]) -> Path | None:
    """Make a folder of the kernel, with these settings; None if that is not possible."""
    remove_orphans(folder.parent)
    try:
        folder.mkdir()
    except OSError:
        return None
    try:
        for key, value in settings.items():
            if not (folder / key).exists():
                raise FileNotFoundError(key)
            (folder / key).write_text(f"{value}\n")
    except OSError:
        folder.rmdir()
        return None
    return folder


def remove_orphans(parent: Path) -> None:
    """Remove the empty cgroups of graders that were killed."""
    for folder in parent.glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if not Path("/proc", owner).exists():
            with suppress(OSError):
                folder.rmdir()
