"""Compare what grading costs, in time and memory, with this grader and with others."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.classroom import FIRST
from benchmarks.contest import Contest
from benchmarks.graders import Grader, make_venvs
from benchmarks.measuring import Cost, account, measure, watch
from benchmarks.options import at_least, end, parser, tell
from benchmarks.results import describe_surroundings
from grader.course import load_course

_GRADERS = ("ours", "floor", "nbgrader", "otter")
_SAMPLE_EVERY_S = 0.02


def main(argv: Sequence[str]) -> int:
    """Do what the command line asks for; 1 if any grader gave marks that it should not."""
    options = _options(argv)
    count, rounds = options.notebooks, options.rounds
    venvs = make_venvs(options.peers, tell) if options.peers else {}
    with account(), tempfile.TemporaryDirectory(prefix="grader-benchmark-") as folder:
        about = describe_surroundings(options.isolation, venvs)
        course = load_course(options.course)
        exercises = FIRST if options.exercises == "first" else tuple(course.exercises)
        contest = Contest(
            options.course,
            Path(folder, "contest"),
            exercises=exercises,
            isolation=options.isolation,
            venvs=venvs,
        )
        sizes = (1, count, 2 * count)
        graders = {
            name: {size: contest.grader(name, size) for size in sizes} for name in options.graders
        }
        figures = _compare(contest, graders, rounds)
    record = {"exercises": len(exercises), "notebooks": count, "rounds": rounds}
    found = {"peers": {str(count): {"about": about, **record, "graders": figures}}}
    return end(options, found, contest.faults)


def _options(argv: Sequence[str]) -> argparse.Namespace:
    command = parser("python -m benchmarks", __doc__)
    add = command.add_argument
    add("--exercises", choices=("first", "all"), default="first", help="four of them, or all")
    add("--graders", type=lambda text: text.split(","), help="default: ours,floor and the peers")
    add("--peers", type=Path, metavar="DIR", help="have peers take part, installed here")
    add("--notebooks", type=at_least(2), default=40, help="default: 40")
    add("--rounds", type=at_least(1), default=3, help="figures are medians over these; default: 3")
    options = command.parse_args(argv)
    options.graders = options.graders or (_GRADERS if options.peers else _GRADERS[:2])
    for name in options.graders:
        if name not in _GRADERS:
            command.error(f"there is no grader `{name}`; there are {', '.join(_GRADERS)}")
        if name in _GRADERS[2:] and not options.peers:
            command.error(f"`{name}` needs --peers DIR")
        if name in _GRADERS[2:] and options.exercises == "all":
            command.error(f"`{name}` cannot be asked all exercises; leave out --exercises all")
    return options


def _compare(
    contest: Contest, graders: Mapping[str, Mapping[int, Grader]], rounds: int
) -> Mapping[str, Any]:
    """Have every grader grade every size, by turns; return by name what each costs."""
    costs: dict[str, dict[int, list[Cost]]] = {
        name: {size: [] for size in sizes} for name, sizes in graders.items()
    }
    memory = {}
    for name, sizes in graders.items():
        grader = sizes[max(sizes)]
        grader.reset()
        samples = watch(grader.run(), every_s=_SAMPLE_EVERY_S).samples
        contest.check(grader)
        memory[name] = {"peak_bytes": max((each.all_bytes for each in samples), default=0)}
    for turn in range(rounds):
        names = list(graders)
        for name in (*names[turn % len(names) :], *names[: turn % len(names)]):
            for size, grader in graders[name].items():
                grader.reset()
                costs[name][size].append(measure(grader.run()))
                contest.check(grader)
            tell(f"round {turn + 1} of {rounds}: {name}")
    figures = {name: summarise(costs[name]) | {"memory": memory[name]} for name in graders}
    return {name: of | _ratios(of, figures) for name, of in figures.items()}


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
