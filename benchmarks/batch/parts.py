"""What is measured of a batch, part by part; figures are in seconds and bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks.batch.blocks import cut, held, held_over
from benchmarks.batch.cluster import OnCluster
from benchmarks.batch.school import School
from benchmarks.batch.watching import kill_after, watch
from benchmarks.measuring import Cost, measure
from benchmarks.subjects import Ours

_RARELY_S, _RARELY_FROM = 0.5, 200
"""A sample takes some milliseconds, so few are taken; more in a run of fewer submissions than this,
so that there is something to see."""

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Something to measure.

    Attributes
    ----------
    sizes : tuple of int
        Submissions, unless others are asked for.
    measure : callable
        Takes the school, the size, and how often to measure what is compared; returns figures.
    """

    sizes: tuple[int, ...]
    measure: Callable[[School, int, int], Figures]


def _throughput(school: School, size: int, rounds: int) -> Figures:
    """Grade a class, watched, then once more with nothing changed."""
    del rounds  # what is asked here is how one long run goes
    ours = school.ours(size, "throughput")
    watched = watch(ours.run(), every_s=_RARELY_S * min(1.0, size / _RARELY_FROM))
    school.check(ours, size)
    database_bytes = ours.gradebook.stat().st_size
    unchanged = measure(ours.run())
    school.check(ours, size)
    return {
        "jobs": school.jobs,
        **asdict(watched.cost),
        "until_first_s": watched.told_s[0],
        "blocks": [asdict(block) for block in cut(watched)],
        "trusted": asdict(held(watched)),
        "trusted_over": held_over(watched),
        "sampling_cpu_s": watched.sampling_cpu_s,
        "database_bytes": database_bytes,
        "unchanged": asdict(unchanged),
    }


def _floor(school: School, size: int, rounds: int) -> Figures:
    """Do the least that grading the same class can cost."""
    floor, costs = school.floor(size), []
    for _ in range(rounds):
        floor.reset()
        costs.append(measure(floor.run()))
        school.check(floor, size)
    return asdict(_typical(costs))


def _jobs(school: School, size: int, rounds: int) -> Figures:
    """Grade with one job and with several, by turns."""
    counts = (1, school.jobs)
    costs: dict[int, list[Cost]] = {count: [] for count in counts}
    for turn in range(rounds):
        for count in counts if turn % 2 == 0 else counts[::-1]:
            ours = school.ours(size, f"jobs-{count}", ("--jobs", str(count)))
            costs[count].append(measure(ours.run()))
            school.check(ours, size)
    return {str(count): asdict(_typical(of)) for count, of in costs.items()}


def _resume(school: School, size: int, rounds: int) -> Figures:
    """Kill a run half way and let it go on; beside it, a run that nothing happens to."""
    costs: dict[str, list[Cost]] = {}
    for _ in range(rounds):
        undisturbed, killed = school.ours(size, "undisturbed"), school.ours(size, "killed")
        costs.setdefault("undisturbed", []).append(measure(undisturbed.run()))
        costs.setdefault("killed", []).append(kill_after(killed.run(), max(1, size // 2)))
        costs.setdefault("rest", []).append(measure(killed.run()))
        school.check(killed, size)
        school.compare(undisturbed, killed, "a run that was killed half way")
        costs.setdefault("unchanged", []).append(measure(killed.run()))
    return {
        "jobs": school.jobs,
        "killed_after": max(1, size // 2),
        **{name: asdict(_typical(of)) for name, of in costs.items()},
    }


def _dask(school: School, size: int, rounds: int) -> Figures:
    """Grade with local jobs, and with as many workers of a Dask cluster on this machine."""
    costs: dict[str, list[Cost]] = {"local": [], "dask": []}
    cluster = OnCluster(school.folder / "dask", school.jobs)
    for _ in range(rounds):
        local = school.ours(size, "local")
        costs["local"].append(measure(local.run()))
        school.check(local, size)
        costs["dask"].append(_on(cluster, school, size, local))
    return {"workers": school.jobs, **{name: asdict(_typical(of)) for name, of in costs.items()}}


def _on(cluster: OnCluster, school: School, size: int, local: Ours) -> Cost:
    distributed = school.ours(size, "dask", ())  # how many are graded at once, the cluster says
    measure(cluster.wrap(distributed.run()))
    school.check(distributed, size)
    school.compare(local, distributed, "dask")
    return cluster.cost()


def _typical(costs: list[Cost]) -> Cost:
    return Cost(median(cost.cpu_s for cost in costs), median(cost.wall_s for cost in costs))


PARTS = {
    "throughput": Part((40, 1000, 10_000), _throughput),
    "floor": Part((1000,), _floor),
    "jobs": Part((1000,), _jobs),
    "resume": Part((1000,), _resume),
    "dask": Part((1000,), _dask),
}
