"""Keys that were made to collide: a table of them takes time that grows with their square.

Python looks for a free place in a table of 2**k by ``i = (5 * i + 1 + perturb) % 2**k``, where
`perturb` is the hash, shifted by five bits more at each step. Hashes of numbers are no secret. So
somebody can fill a long run of places first, and then choose keys that all begin in that run: each
of them looks at all of it, although no two hashes are the same.

References
----------
CPython, ``Objects/dictobject.c`` and ``Objects/setobject.c``; a set looks at nine neighbours more
at each step, which only helps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MAX_SHARED_HASH = 100
"""Keys that may have one hash: powers of two share one 33 times, an attack by the thousand."""

_FEW = 1024  # keys; were each to look at all the others, that would take milliseconds
_LOOKS = 100  # at so many places a key, on average; ordinary keys look at two or three
_SHIFT = 5  # PERTURB_SHIFT of both tables


def collide(hashes: Sequence[int]) -> bool:
    """Tell whether keys of these hashes, put into a dict in this order, take far too long."""
    found = np.array(hashes, np.int64).astype(np.uint64)
    _, counts = np.unique(found, return_counts=True)
    if counts.max(initial=0) > MAX_SHARED_HASH:
        return True
    # A table grows as it fills, and is slow at any of its sizes if the keys were made for that.
    sizes = [_FEW]
    while 2 * sizes[-1] < 3 * len(hashes):
        sizes.append(2 * sizes[-1])
    return any(_is_slow(found[: 2 * size // 3], size) for size in sizes if len(hashes) > _FEW)


def _is_slow(hashes: npt.NDArray[np.uint64], size: int) -> bool:
    """Tell whether these fill a table of `size` places, a power of two, slowly."""
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
        owners[places[free]] = keys[free]  # of those that want one place, the first gets it
        left = owners[places] != keys
        keys, perturb = keys[left], perturb[left] >> np.uint64(_SHIFT)
        places = (np.uint64(5) * places[left] + np.uint64(1) + perturb) & mask
    return False
