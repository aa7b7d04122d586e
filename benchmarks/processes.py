"""The processes that come of a command: what they hold, and the CPU that they have used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_SANDBOX = "bwrap"
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def tree(pid: int, *, in_sandbox: bool = False) -> Iterator[tuple[int, bool]]:
    """Yield a process and its descendants, each with whether a sandbox is around it."""
    in_sandbox = in_sandbox or _read(pid, "comm").strip() == _SANDBOX
    yield pid, in_sandbox
    for child in _children(pid):
        yield from tree(child, in_sandbox=in_sandbox)


def tree_cpu_s(pid: int) -> float:
    """Return the CPU [s] that a process, its descendants and those that ended have used."""
    return sum(_used_cpu_s(each) for each, _ in tree(pid))


def _used_cpu_s(pid: int) -> float:
    """Return user and system time [s] of a process and of its children that it has waited for."""
    # The name, in brackets, may hold blanks and brackets of its own.
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) * _TICK_S


def held_bytes(pid: int) -> int:
    """Return PSS in bytes, or RSS where the kernel does not let PSS be read."""
    for line in _read(pid, "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    fields = _read(pid, "statm").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if fields else 0


def _children(pid: int) -> list[int]:
    try:
        threads = [thread.name for thread in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:  # it has ended since it was listed
        return []
    listed = [_read(pid, f"task/{thread}/children") for thread in threads]
    return [int(child) for children in listed for child in children.split()]


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:  # it has ended, or is not ours to look into
        return ""
