"""The figures of a comparison, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.measuring import Cost, Memory

_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one grader costs; medians over the rounds.

    Attributes
    ----------
    cpu_s, wall_s : float
        Time [s] per submission: a whole run, from its start, over its submissions.
    further_cpu_s, further_wall_s : float
        Time [s] that each submission after the first adds.
    next_cpu_s, next_wall_s : float
        Time [s] that each of as many other submissions after those adds, when all that is done
        once, such as running the known mistakes, is done.
    first_cpu_s : float
        CPU [s] of a run of one submission: the start, the course, and that submission.
    memory : Memory
        Peak of a whole run.
    """

    cpu_s: float
    wall_s: float
    further_cpu_s: float
    further_wall_s: float
    next_cpu_s: float
    next_wall_s: float
    first_cpu_s: float
    memory: Memory


def summarise(costs: Mapping[int, Sequence[Cost]], memory: Memory) -> Figures:
    """Work out the figures from the rounds of one notebook, of a class, and of one twice as large.

    Parameters
    ----------
    costs : Mapping of int to sequence of Cost
        By the number of notebooks, which is three numbers.
    memory : Memory
        Of the largest.
    """
    _, count, twice = sorted(costs)
    (first_cpu, first_wall), (cpu, wall), (more_cpu, more_wall) = (
        _medians(costs[size]) for size in sorted(costs)
    )
    return Figures(
        cpu_s=cpu / count,
        wall_s=wall / count,
        further_cpu_s=(cpu - first_cpu) / (count - 1),
        further_wall_s=(wall - first_wall) / (count - 1),
        next_cpu_s=(more_cpu - cpu) / (twice - count),
        next_wall_s=(more_wall - wall) / (twice - count),
        first_cpu_s=first_cpu,
        memory=memory,
    )


def as_table(figures: Mapping[str, Figures]) -> str:
    """Return a Markdown table, one grader a row."""
    heads = ["grader", "CPU [ms]", "wall [ms]", "further CPU [ms]", "further wall [ms]"]
    heads += ["next CPU [ms]", "next wall [ms]", "first CPU [s]", "peak [MiB]", "trusted [MiB]"]
    heads += [f"{what} / {base}" for base in _BASES for what in ("CPU", "further CPU", "next CPU")]
    rows = [_row(name, of, figures) for name, of in figures.items()]
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows])


def as_json(figures: Mapping[str, Figures]) -> dict[str, object]:
    """Return the same as plain data, in seconds and bytes."""
    return {
        name: asdict(of) | {f"cpu_to_{base}": _ratios(of, figures, base) for base in _BASES}
        for name, of in figures.items()
    }


_BASES = ("floor", "ours")


def _row(name: str, of: Figures, figures: Mapping[str, Figures]) -> list[str]:
    times = [of.cpu_s, of.wall_s, of.further_cpu_s, of.further_wall_s]
    times += [of.next_cpu_s, of.next_wall_s]
    sizes = [of.memory.peak_bytes, of.memory.trusted_bytes]
    ratios = [ratio for base in _BASES for ratio in _ratios(of, figures, base)]
    return [
        name,
        *(f"{seconds * 1000:.1f}" for seconds in times),
        f"{of.first_cpu_s:.2f}",
        *(f"{size / _MIB:.0f}" for size in sizes),
        *("" if ratio is None else f"{ratio:.2f}" for ratio in ratios),
    ]


def _ratios(of: Figures, figures: Mapping[str, Figures], base: str) -> list[float | None]:
    if base not in figures:
        return [None, None, None]
    against = figures[base]
    return [
        of.cpu_s / against.cpu_s,
        of.further_cpu_s / against.further_cpu_s,
        of.next_cpu_s / against.next_cpu_s,
    ]


def _medians(costs: Sequence[Cost]) -> tuple[float, float]:
    return median(cost.cpu_s for cost in costs), median(cost.wall_s for cost in costs)
