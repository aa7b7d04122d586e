"""One cgroup around a zygote and its sessions, where this user may make one (as root, mostly)."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

__all__ = ["Cgroup", "make_cgroup"]

ROOT = Path("/sys/fs/cgroup")
NUMBERS = count()
PREFIX = "notebook-grader-"
EMPTY_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Cgroup:
    """A folder of the kernel that limits the memory of the processes in it."""

    folder: Path

    def add(self, pid: int) -> None:
        """Put a process into it; what it starts from now on is in it too."""
        (self.folder / "cgroup.procs").write_text(f"{pid}\n")

    def remove(self) -> None:
        """Remove it, as soon as the last process in it is gone; where that takes long it stays."""
        until = time.monotonic() + EMPTY_WITHIN_S
        while time.monotonic() < until:
            with suppress(OSError):
                self.folder.rmdir()
                return
            time.sleep(0.01)


def make_cgroup(limit_bytes: int, root: Path = ROOT) -> Cgroup | None:
    """Make a cgroup of limited memory; None where that is not possible.

    Parameters
    ----------
    limit_bytes : int
        Memory of all processes together, their files in memory included.
    root : Path
        Where cgroups are mounted.
    """
    old = root / "memory"
    parent, key = (old, "memory.limit_in_bytes") if old.is_dir() else (root, "memory.max")
    folder = parent / f"{PREFIX}{os.getpid()}-{next(NUMBERS)}"
    remove_orphans(parent)
    try:
        folder.mkdir()
    except OSError:
        return None
    try:
        if not (folder / key).exists():
            raise FileNotFoundError(key)
        (folder / key).write_text(f"{limit_bytes}\n")
    except OSError:
        folder.rmdir()
        return None
    return Cgroup(folder)


def remove_orphans(parent: Path) -> None:
    """Remove the empty cgroups of graders that were killed before they could do it themselves."""
    for folder in parent.glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if not Path("/proc", owner).exists():
            with suppress(OSError):
                folder.rmdir()
