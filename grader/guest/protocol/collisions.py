"""Detects keys chosen to collide, with which filling a dict takes quadratic time.

Python probes a table of 2**k slots by ``i = (5 * i + 1 + perturb) % 2**k``, where `perturb` is the
hash, shifted right by five more bits at each step. The hashes of numbers are predictable. An
attacker can fill a long run of slots first, and then choose keys that all start in that run: each
of them probes the whole run, although all hashes differ.

References
----------
CPython, ``Objects/dictobject.c`` and ``Objects/setobject.c``. A set also probes nine neighbours at
each step, which only helps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MAX_SHARED_HASH = 100
"""How many keys may share a hash: powers of two do 33 times, an attack thousands of times."""

_FEW = 1024  # with so few keys, quadratic time is milliseconds
_LOOKS = 100  # mean probes per key; ordinary keys need two or three
_SHIFT = 5  # PERTURB_SHIFT of both tables


def collide(hashes: Sequence[int]) -> bool:
    """Return whether inserting keys with these hashes in this order takes far too long."""
    found = np.array(hashes, np.int64).astype(np.uint64)
    _, counts = np.unique(found, return_counts=True)
    if counts.max(initial=0) > MAX_SHARED_HASH:
        return True
    # The table grows as it fills; the keys may be chosen for any of its sizes.
    sizes = [_FEW]
    while 2 * sizes[-1] < 3 * len(hashes):
        sizes.append(2 * sizes[-1])
    return any(_is_slow(found[: 2 * size // 3], size) for size in sizes if len(hashes) > _FEW)


def _is_slow(hashes: npt.NDArray[np.uint64], size: int) -> bool:
    """Return whether these hashes fill a table of `size` slots, a power of two, slowly."""
    mask = np.uint64(size - 1)
    owners = np.full(size, -1, np.int64)
    keys = np.arange(len(hashes))
    perturb, places = hashes, hashes & mask
    looks = 0
    while len(keys):
        looks += len(keys)
        if looks > _LOOKS * len(hashes):
            return True
        free = np.flatnonzero(owners[places] < 0)[::-1]
        owners[places[free]] = keys[free]  # the first of the keys that want a slot gets it
        left = owners[places] != keys
        keys, perturb = keys[left], perturb[left] >> np.uint64(_SHIFT)
        places = (np.uint64(5) * places[left] + np.uint64(1) + perturb) & mask
    return False
