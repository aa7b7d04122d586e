"""Chooses the user that a zygote becomes when the grader runs as root."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

UID_MAP = Path("/proc/self/uid_map")
# Far above the users of a machine and of its containers; process numbers are below 2 ** 22.
FIRST = 0x40000000
# In a container with few users: above its ordinary ones, below `nobody`.
FIRST_OF_FEW, NUMBER_OF_FEW = 20_000, 40_000
NUMBERS = itertools.count()


def user_to_become(uid_map: Path = UID_MAP) -> int | None:
    """Return an unused user and group; None if we are not root or may not change users.

    Each zygote gets its own, so that sessions of different zygotes cannot signal each other even
    if they share a PID namespace.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    number = next(NUMBERS)
    many = FIRST | (number % 256) << 22 | os.getpid()
    few = FIRST_OF_FEW + (os.getpid() + number) % NUMBER_OF_FEW
    known = uid_map.read_text().split()
    ranges = [
        range(int(at), int(at) + int(size))
        for at, size in zip(known[::3], known[2::3], strict=True)
    ]
    return next((uid for uid in (many, few) if any(uid in known for known in ranges)), None)
