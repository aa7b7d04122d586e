"""What grading costs, in time and memory, with this grader and with others."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.contest import Contest
from benchmarks.measuring import Cost, report, turns, watch

_SAMPLE_EVERY_S = 0.02


def measure_peers(contest: Contest, size: int, options: argparse.Namespace) -> Mapping[str, Any]:
    """Have every grader grade one notebook, a class, and one twice it; return what each costs."""
    sizes = (1, size, 2 * size)
    graders = {(name, of): contest.grader(name, of) for name in options.graders for of in sizes}
    memory = {}
    for name in options.graders:
        grader = graders[name, 2 * size]
        grader.reset()
        samples = watch(grader.run(), every_s=_SAMPLE_EVERY_S).samples
        contest.check(grader)
        memory[name] = {"peak_bytes": max((each.all_bytes for each in samples), default=0)}
    costs: dict[str, dict[int, list[Cost]]] = {name: {} for name in options.graders}
    for name in turns(options.graders, options.rounds):
        for of in sizes:
            costs[name].setdefault(of, []).append(contest.measure(graders[name, of]))
        report(f"{name}: {costs[name][size][-1].cpu_s:.1f} s CPU")
    figures = {name: summarise(of) | {"memory": memory[name]} for name, of in costs.items()}
    return {
        "exercises": len(contest.exercises),
        "notebooks": size,
        "rounds": options.rounds,
        "graders": {name: of | _ratios(of, figures) for name, of in figures.items()},
    }


def summarise(costs: Mapping[int, Sequence[Cost]]) -> dict[str, Any]:
    """Return what a submission costs [s], from the rounds of 1 notebook, a class, and one twice it.

    `cpu_s` and `wall_s` are a whole run over its submissions; *further* is what each submission
    after the first adds; *next* is what each of a second class adds, when everything that is done
    once, such as running the known mistakes, is done; *first* is the run of one submission.
    """
    figures: dict[str, Any] = {}
    _, count, twice = sorted(costs)
    for of in ("cpu_s", "wall_s"):
        first, whole, more = (
            median(getattr(cost, of) for cost in costs[size]) for size in sorted(costs)
        )
        figures[of] = whole / count
        figures[f"further_{of}"] = (whole - first) / (count - 1)
        figures[f"next_{of}"] = (more - whole) / (twice - count)
        figures[f"first_{of}"] = first
    return figures


def _ratios(of: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"cpu_to_{base}": [
            of[kind] / figures[base][kind] for kind in ("cpu_s", "further_cpu_s", "next_cpu_s")
        ]
        for base in ("floor", "ours")
        if base in figures
    }
