"""What one start costs: whole processes that grade one notebook, beside ``import numpy``.

Warm commands share a cache folder that a run before the rounds has filled; cold ones get an empty
folder each. Compiled bytecode is there for both.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.contest import Contest
from benchmarks.graders import ROOT, clean_environment
from benchmarks.measuring import Cost, Run, measure, medians, report, turns

_GRADER = str(Path(sys.executable).with_name("grader"))
_CHECKED = "kl_asymmetry"
"""What `grader check` is run on: the student has it wrong, so that a mistake is named."""

_ON_TOP = """\
import IPython, ipykernel.ipkernel, ipykernel.kernelapp, json, time
cpu_s, wall_s = time.process_time(), time.perf_counter()
import grader
print(json.dumps([time.process_time() - cpu_s, time.perf_counter() - wall_s]))
"""


@dataclass(frozen=True, slots=True)
class Start:
    """A command, the time it may take in times of ``import numpy``, and what runs it once."""

    command: str
    goal: float | None
    measure: Callable[[], Cost]


def measure_startup(contest: Contest, size: int, options: argparse.Namespace) -> Mapping[str, Any]:
    """Run every command once a round, in an order that changes, after a run that is not counted."""
    del size  # it is one notebook
    starts = {start.command: start for start in _starts(contest, options)}
    for start in starts.values():
        start.measure()
    costs: dict[str, list[Cost]] = {command: [] for command in starts}
    for command in turns(list(starts), options.rounds):
        costs[command].append(starts[command].measure())
        report(f"{command}: {costs[command][-1].wall_s:.2f} s")
    return {"rounds": options.rounds, "commands": as_records(list(starts.values()), costs)}


def _starts(four: Contest, options: argparse.Namespace) -> Iterator[Start]:
    """Yield what is measured: each start that has a goal, and those of the peers."""
    every = four.beside("all")
    numpy = Run([sys.executable, "-c", "import numpy"], ROOT, clean_environment())
    yield Start('python -c "import numpy"', None, partial(measure, numpy))
    yield Start("grader --help", 1, partial(measure, replace(numpy, argv=[_GRADER, "--help"])))
    yield Start("import grader, in a kernel", 0.5, _import_on_top)
    (notebook,) = four.classroom(1).folder.iterdir()
    course = str(every.classroom(1).course)
    chosen = ("--course", course, "--exercise", _CHECKED, "--isolation", options.isolation)
    check = replace(numpy, argv=[_GRADER, "check", str(notebook), *chosen], exit_statuses=(1,))
    for state, times in (("warm", 1), ("cold", 2)):
        cached = partial(_cached, four.folder / "caches", state)
        name = f"grader check, 1 exercise, {state}"
        yield Start(name, 4 * times, partial(_checked, check, cached))
        for contest, goal in ((four, 5), (every, 9)):
            ours = contest.ours(1)
            ours.command = (_GRADER,)
            name = f"grader grade, {len(contest.exercises)} exercises, {state}"
            yield Start(name, goal * times, partial(contest.measure, ours, cached))
    for peer, name in (("nbgrader", "nbgrader autograde"), ("otter-run", "otter run")):
        if options.peers:
            grader = four.grader(peer, 1)
            yield Start(f"{name}, 4 exercises", None, partial(four.measure, grader))


def _cached(folder: Path, state: str, run: Run) -> Run:
    """Return a run that finds what earlier warm runs have kept, or, when it is cold, nothing."""
    folder.mkdir(exist_ok=True)
    cache = str(folder / state) if state == "warm" else tempfile.mkdtemp(dir=folder)
    return replace(run, environment={**run.environment, "GRADER_CACHE": cache})


def _checked(run: Run, cached: Callable[[Run], Run]) -> Cost:
    return measure(cached(run))


def _import_on_top() -> Cost:
    argv = [sys.executable, "-c", _ON_TOP]
    environment = clean_environment()
    done = subprocess.run(argv, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    return Cost(*json.loads(done.stdout))


def as_records(
    starts: Sequence[Start], costs: Mapping[str, Sequence[Cost]]
) -> Sequence[Mapping[str, Any]]:
    """Return each command's medians [s], its goal, and the ratios to the first command."""
    base = medians(costs[starts[0].command])
    records = []
    for start in starts:
        cost = medians(costs[start.command])
        ratios = {
            "wall_to_numpy": cost.wall_s / base.wall_s,
            "cpu_to_numpy": cost.cpu_s / base.cpu_s,
        }
        records.append({"command": start.command, "goal": start.goal, **asdict(cost), **ratios})
    return records
