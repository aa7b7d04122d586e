"""Measure what it costs to grade whole classes of different notebooks.

Every part takes a contest, a number of submissions, how many jobs run at once, and over how many
rounds figures that are compared go; it returns figures in seconds and bytes.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import cluster
from benchmarks.contest import Contest
from benchmarks.graders import Ours
from benchmarks.measuring import Cost, Watched, account, measure, watch
from benchmarks.options import at_least, end, parser, tell
from benchmarks.results import Record, add_results, describe_surroundings

_BLOCKS, _POINTS = 10, 100
_RARELY_S, _RARELY_FROM = 0.5, 200
"""A sample takes some milliseconds, so few are taken; more in a run of fewer submissions than this,
so that there is something to see."""

Figures = Mapping[str, Any]


def main(argv: Sequence[str]) -> int:
    """Do what the command line asks for; 1 if anything was graded otherwise than it should be."""
    options = _options(argv)
    found: dict[str, dict[str, Record]] = {}
    with (
        account(),
        tempfile.TemporaryDirectory(prefix="grader-benchmark-", dir=options.folder) as folder,
    ):
        contest = Contest(options.course, Path(folder, "contest"), isolation=options.isolation)
        for part in options.part or PARTS:
            sizes, measure_part = PARTS[part]
            for size in options.sizes or sizes:
                tell(f"{part} of {size:,}")
                about = describe_surroundings(options.isolation)
                figures = measure_part(contest, size, options.jobs, options.rounds)
                found.setdefault(part, {})[str(size)] = {"about": about, **figures}
                if options.results and not contest.faults:  # the next part may take long
                    add_results(options.results, found)
    return end(options, found, contest.faults)


def _options(argv: Sequence[str]) -> argparse.Namespace:
    command = parser("python -m benchmarks batch", __doc__)
    add = command.add_argument
    add("--part", action="append", choices=PARTS, help="may be given again; default: all")
    add("--sizes", type=_sizes, metavar="N,N,...", help="submissions; default: as each part has it")
    add("--jobs", type=at_least(2), default=2, help="default: 2")
    add("--rounds", type=at_least(1), default=1, help="of what is compared; default: 1")
    add("--folder", type=Path, help="for notebooks and gradebooks, on the disk that is meant")
    return command.parse_args(argv)


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(at_least(2)(part) for part in text.split(","))


def _throughput(contest: Contest, size: int, jobs: int, rounds: int) -> Figures:
    """Grade a class, watched, then once more with nothing changed."""
    del rounds  # what is asked here is how one long run goes
    ours = _ours(contest, size, jobs, "-throughput")
    watched = watch(ours.run(), every_s=_RARELY_S * min(1.0, size / _RARELY_FROM))
    contest.check(ours)
    database_bytes = ours.gradebook.stat().st_size
    unchanged = _measured(contest, ours)
    return {
        "jobs": jobs,
        **asdict(watched.cost),
        "until_first_s": watched.results_s[0],
        "blocks": list(blocks(watched)),
        "trusted": trusted_memory(watched),
        "trusted_over": memory_over(watched),
        "sampling_cpu_s": watched.sampling_cpu_s,
        "database_bytes": database_bytes,
        "unchanged": asdict(unchanged),
    }


def _floor(contest: Contest, size: int, jobs: int, rounds: int) -> Figures:
    """Do the least that grading the same class can cost, one notebook after the other."""
    del jobs
    floor, costs = contest.grader("floor", size), []
    for _ in range(rounds):
        costs.append(measure(floor.run()))
        contest.check(floor)
    return _medians(costs)


def _jobs(contest: Contest, size: int, jobs: int, rounds: int) -> Figures:
    """Grade with one job and with several, by turns."""
    costs: dict[int, list[Cost]] = {1: [], jobs: []}
    for turn in range(rounds):
        for count in (1, jobs) if turn % 2 == 0 else (jobs, 1):
            costs[count].append(_measured(contest, _ours(contest, size, count, "-jobs")))
    return {str(count): _medians(of) for count, of in costs.items()}


def _resume(contest: Contest, size: int, jobs: int, rounds: int) -> Figures:
    """Kill a run half way and let it go on; beside it, a run that nothing happens to."""
    half = max(1, size // 2)
    costs: dict[str, list[Cost]] = {}
    for _ in range(rounds):
        whole = _ours(contest, size, jobs, "-undisturbed")
        killed = _ours(contest, size, jobs, "-killed")
        costs.setdefault("undisturbed", []).append(_measured(contest, whole))
        costs.setdefault("killed", []).append(watch(killed.run(), kill_after=half).cost)
        costs.setdefault("rest", []).append(_measured(contest, killed))
        contest.compare(whole, killed, "a run that was killed half way")
        costs.setdefault("unchanged", []).append(_measured(contest, killed))
    medians = {name: _medians(of) for name, of in costs.items()}
    return {"jobs": jobs, "killed_after": half, **medians}


def _dask(contest: Contest, size: int, jobs: int, rounds: int) -> Figures:
    """Grade with local jobs, and with as many workers of a Dask cluster on this machine."""
    costs: dict[str, list[Cost]] = {"local": [], "dask": []}
    for _ in range(rounds):
        local = _ours(contest, size, jobs, "-local")
        costs["local"].append(_measured(contest, local))
        distributed = contest.ours(size, "-dask", ())  # the cluster says how many run at once
        distributed.reset()
        costs["dask"].append(cluster.measure_on(distributed.run(), contest.folder / "dask", jobs))
        contest.check(distributed)
        contest.compare(local, distributed, "dask")
    return {"workers": jobs, **{name: _medians(of) for name, of in costs.items()}}


PARTS: Mapping[str, tuple[Sequence[int], Callable[[Contest, int, int, int], Figures]]] = {
    "throughput": ((40, 1000, 10_000), _throughput),
    "floor": ((1000,), _floor),
    "jobs": ((1000,), _jobs),
    "resume": ((1000,), _resume),
    "dask": ((1000,), _dask),
}
"""By name: the numbers of submissions, unless others are asked for, and what measures it."""


def _ours(contest: Contest, size: int, jobs: int, label: str) -> Ours:
    """Return our grader with an empty gradebook."""
    ours = contest.ours(size, label, ("--jobs", str(jobs)))
    ours.reset()
    return ours


def _measured(contest: Contest, ours: Ours) -> Cost:
    cost = measure(ours.run())
    contest.check(ours)
    return cost


def _medians(costs: Sequence[Cost]) -> dict[str, float]:
    return {of: median(getattr(cost, of) for cost in costs) for of in ("cpu_s", "wall_s")}


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


def memory_over(watched: Watched) -> Sequence[tuple[int, int]]:
    """Return points of submissions graded and the most bytes since the last point."""
    count = len(watched.results_s)
    step = max(1, count // _POINTS)
    most: dict[int, int] = {}
    for sample in watched.samples:
        done = int(np.searchsorted(watched.results_s, sample.at_s, side="right"))
        point = min(count, -(-done // step) * step)
        most[point] = max(most.get(point, 0), sample.trusted_bytes)
    return sorted(most.items())


def _most(watched: Watched, from_s: float, to_s: float) -> int:
    """Return the most bytes between two moments; those of the nearest sample if there is none."""
    within = [each.trusted_bytes for each in watched.samples if from_s <= each.at_s <= to_s]
    nearest = min(watched.samples, key=lambda each: abs(each.at_s - from_s))
    return max(within, default=nearest.trusted_bytes)
