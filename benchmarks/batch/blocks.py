"""A watched run in parts of equal numbers of submissions, so that the last is held to the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.batch.watching import Watched

_BLOCKS = 10
_POINTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A tenth of a run.

    Attributes
    ----------
    submissions : int
        How many had been graded at its end.
    cpu_s, wall_s : float
        Time [s] that each submission in it took.
    """

    submissions: int
    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The most memory [bytes] outside of sandboxes: ever, and in the first and last quarter."""

    peak_bytes: int
    early_bytes: int
    late_bytes: int


def cut(watched: Watched) -> Iterator[Block]:
    """Yield the tenths of a run, from its first result on: what comes before is the start."""
    told = watched.told_s
    edges = sorted({max(1, len(told) * number // _BLOCKS) for number in range(_BLOCKS + 1)})
    for first, last in pairwise(edges):
        begins, ends = told[first - 1], told[last - 1]
        yield Block(
            submissions=last,
            cpu_s=(_used_s(watched, ends) - _used_s(watched, begins)) / (last - first),
            wall_s=(ends - begins) / (last - first),
        )


def held(watched: Watched) -> Held:
    """Return what was held on the trusted side; the quarters are of the results."""
    told = watched.told_s
    early, late = told[(len(told) - 1) // 4], told[3 * (len(told) - 1) // 4]
    return Held(
        peak_bytes=_most(watched, 0.0, watched.cost.wall_s),
        early_bytes=_most(watched, told[0], early),
        late_bytes=_most(watched, late, told[-1]),
    )


def held_over(watched: Watched) -> Sequence[tuple[int, int]]:
    """Return points of submissions graded and the most bytes held since the last point."""
    told = watched.told_s
    most: dict[int, int] = {}
    step = max(1, len(told) // _POINTS)
    for sample in watched.samples:
        done = int(np.searchsorted(told, sample.at_s, side="right"))
        point = min(len(told), -(-done // step) * step)
        most[point] = max(most.get(point, 0), sample.trusted_bytes)
    return sorted(most.items())


def _used_s(watched: Watched, at_s: float) -> float:
    """Return the CPU [s] used until a moment, by a straight line between two samples."""
    times = [0.0, *(sample.at_s for sample in watched.samples), watched.cost.wall_s]
    used = [0.0, *(sample.cpu_s for sample in watched.samples), watched.cost.cpu_s]
    return float(np.interp(at_s, times, used))


def _most(watched: Watched, from_s: float, to_s: float) -> int:
    """Return the most that was held between two moments; of what is sampled nearest if none is."""
    within = [each.trusted_bytes for each in watched.samples if from_s <= each.at_s <= to_s]
    if within:
        return max(within)
    nearest = min(watched.samples, key=lambda each: abs(each.at_s - from_s))
    return nearest.trusted_bytes
