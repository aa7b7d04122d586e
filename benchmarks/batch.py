"""What it costs to grade whole classes of different notebooks.

Every part takes a contest, a number of submissions, and the options of the command line; it returns
figures in seconds and bytes.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks import cluster
from benchmarks.contest import Contest
from benchmarks.graders import Ours
from benchmarks.measuring import Cost, Watched, measure, medians, turns, watch

_BLOCKS = 10
_RARELY_S, _RARELY_FROM = 0.5, 200
"""A sample takes some milliseconds, so few are taken; more in a run of fewer submissions than this,
so that there is something to see."""

Figures = Mapping[str, Any]


def _throughput(contest: Contest, size: int, options: argparse.Namespace) -> Figures:
    """Grade a class, watched, then once more with nothing changed."""
    ours = _ours(contest, size, options.jobs, "-throughput")
    watched = watch(ours.run(), every_s=_RARELY_S * min(1.0, size / _RARELY_FROM))
    contest.check(ours)
    database_bytes = ours.gradebook.stat().st_size
    unchanged = measure(ours.run())
    contest.check(ours)
    return {
        "jobs": options.jobs,
        **asdict(watched.cost),
        "until_first_s": watched.results_s[0],
        "blocks": list(blocks(watched)),
        "trusted": trusted_memory(watched),
        "sampling_cpu_s": watched.sampling_cpu_s,
        "database_bytes": database_bytes,
        "unchanged": asdict(unchanged),
    }


def _floor(contest: Contest, size: int, options: argparse.Namespace) -> Figures:
    """Do the least that grading the same class can cost, one notebook after the other."""
    floor = contest.grader("floor", size)
    return asdict(medians([contest.measure(floor) for _ in range(options.rounds)]))


def _jobs(contest: Contest, size: int, options: argparse.Namespace) -> Figures:
    """Grade with one job and with several, by turns."""
    counts = ("1", str(options.jobs))
    costs: dict[str, list[Cost]] = {count: [] for count in counts}
    for count in turns(counts, options.rounds):
        costs[count].append(contest.measure(_ours(contest, size, int(count), "-jobs")))
    return _figures(costs)


def _resume(contest: Contest, size: int, options: argparse.Namespace) -> Figures:
    """Kill a run half way and let it go on; beside it, a run that nothing happens to."""
    half = max(1, size // 2)
    costs: dict[str, list[Cost]] = defaultdict(list)
    for _ in range(options.rounds):
        whole = _ours(contest, size, options.jobs, "-undisturbed")
        costs["undisturbed"].append(contest.measure(whole))
        killed = _ours(contest, size, options.jobs, "-killed")
        costs["killed"].append(watch(killed.run(), kill_after=half).cost)
        for run in ("rest", "unchanged"):
            costs[run].append(measure(killed.run()))
            contest.check(killed)
            contest.compare(whole, killed, "a run that was killed half way")
    return {"jobs": options.jobs, "killed_after": half, **_figures(costs)}


def _dask(contest: Contest, size: int, options: argparse.Namespace) -> Figures:
    """Grade with local jobs, and with as many workers of a Dask cluster on this machine."""
    costs: dict[str, list[Cost]] = defaultdict(list)
    for _ in range(options.rounds):
        local = _ours(contest, size, options.jobs, "-local")
        costs["local"].append(contest.measure(local))
        distributed = contest.ours(size, "-dask", ())  # the cluster says how many run at once
        distributed.reset()
        folder = contest.folder / "dask"
        costs["dask"].append(cluster.measure_on(distributed.run(), folder, options.jobs))
        contest.check(distributed)
        contest.compare(local, distributed, "dask")
    return {"workers": options.jobs, **_figures(costs)}


MEASURE = {
    "throughput": _throughput,
    "floor": _floor,
    "jobs": _jobs,
    "resume": _resume,
    "dask": _dask,
}
"""By name of a part: what measures it."""


def _ours(contest: Contest, size: int, jobs: int, label: str) -> Ours:
    """Return our grader with an empty gradebook."""
    ours = contest.ours(size, label, ("--jobs", str(jobs)))
    ours.reset()
    return ours


def _figures(costs: Mapping[str, Sequence[Cost]]) -> Figures:
    return {name: asdict(medians(of)) for name, of in costs.items()}


def blocks(watched: Watched) -> Iterator[Mapping[str, float]]:
    """Yield what each submission took in each tenth of a run; the start is before the first one."""
    results_s = watched.results_s
    times = [0.0, *(sample.at_s for sample in watched.samples), watched.cost.wall_s]
    used = [0.0, *(sample.cpu_s for sample in watched.samples), watched.cost.cpu_s]
    edges = sorted({max(1, len(results_s) * tenth // _BLOCKS) for tenth in range(_BLOCKS + 1)})
    for first, last in pairwise(edges):
        begin_s, end_s = results_s[first - 1], results_s[last - 1]
        cpu_s = float(np.diff(np.interp([begin_s, end_s], times, used))[0])
        each = {"cpu_s": cpu_s / (last - first), "wall_s": (end_s - begin_s) / (last - first)}
        yield {"submissions": last, **each}


def trusted_memory(watched: Watched) -> Mapping[str, int]:
    """Return the most bytes outside of sandboxes: ever, and in the first and last quarter."""
    results_s = watched.results_s
    early_s, late_s = (results_s[part * (len(results_s) - 1) // 4] for part in (1, 3))
    return {
        "peak_bytes": _most(watched, 0.0, watched.cost.wall_s),
        "early_bytes": _most(watched, results_s[0], early_s),
        "late_bytes": _most(watched, late_s, results_s[-1]),
    }


def _most(watched: Watched, from_s: float, to_s: float) -> int:
    """Return the most bytes between two moments; those of the nearest sample if there is none."""
    within = [each.trusted_bytes for each in watched.samples if from_s <= each.at_s <= to_s]
    nearest = min(watched.samples, key=lambda each: abs(each.at_s - from_s))
    return max(within, default=nearest.trusted_bytes)
