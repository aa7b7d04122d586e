"""One cgroup around a zygote and its sessions, where this user may make one (as root, mostly)."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

__all__ = ["Cgroup", "make_cgroup"]

ROOT = Path("/sys/fs/cgroup")
NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Cgroup:
    """A folder of the kernel that limits the memory of the processes in it."""

    folder: Path

    def add(self, pid: int) -> None:
        """Put a process into it; what it starts from now on is in it too."""
        (self.folder / "cgroup.procs").write_text(f"{pid}\n")

    def remove(self) -> None:
        """Remove it; it must be empty, else it stays."""
        with suppress(OSError):
            self.folder.rmdir()


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
    folder = parent / f"notebook-grader-{os.getpid()}-{next(NUMBERS)}"
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
