"""Measure what one start costs: whole processes that grade one notebook, beside ``import numpy``.

Every round runs every command once, in an order that changes, and the figures are medians over the
rounds. Warm commands share a cache folder that a run before the rounds has filled; cold ones get an
empty folder each. Compiled bytecode is there for both.
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
from statistics import median
from typing import Any

from benchmarks.contest import Contest
from benchmarks.graders import ROOT, Grader, clean_environment, make_venvs
from benchmarks.measuring import Cost, Run, account, measure
from benchmarks.options import at_least, end, parser, tell
from benchmarks.results import describe_surroundings
from grader.course import load_course

_NUMPY = 'python -c "import numpy"'
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


def main(argv: Sequence[str]) -> int:
    """Do what the command line asks for; 1 if anything was graded otherwise than it should be."""
    options = _options(argv)
    venvs = make_venvs(options.peers, tell) if options.peers else {}
    with account(), tempfile.TemporaryDirectory(prefix="grader-benchmark-") as folder:
        about = describe_surroundings(options.isolation, venvs)
        contest = partial(Contest, options.course, isolation=options.isolation, venvs=venvs)
        four = contest(Path(folder, "four"))
        every = contest(
            Path(folder, "all"), exercises=load_course(options.course).exercises, venvs=None
        )
        starts = list(_starts(four, every, Path(folder, "caches"), peers=bool(venvs)))
        commands = as_records(starts, _measure_all(starts, options.rounds))
    found = {"startup": {"1": {"about": about, "rounds": options.rounds, "commands": commands}}}
    return end(options, found, [*four.faults, *every.faults])


def _options(argv: Sequence[str]) -> argparse.Namespace:
    command = parser("python -m benchmarks startup", __doc__)
    add = command.add_argument
    add("--peers", type=Path, metavar="DIR", help="have peers take part, installed here")
    add("--rounds", type=at_least(1), default=5, help="figures are medians over these; default: 5")
    return command.parse_args(argv)


def _starts(four: Contest, every: Contest, caches: Path, *, peers: bool) -> Iterator[Start]:
    """Yield what is measured: each start that has a goal, and those of the peers."""
    numpy = Run([sys.executable, "-c", "import numpy"], ROOT, clean_environment())
    yield Start(_NUMPY, None, partial(measure, numpy))
    yield Start("grader --help", 1, partial(measure, replace(numpy, argv=[_GRADER, "--help"])))
    yield Start("import grader, in a kernel", 0.5, _import_on_top)
    (notebook,) = four.classroom(1).folder.iterdir()
    course = str(every.classroom(1).course)
    options = ("--course", course, "--exercise", _CHECKED, "--isolation", every.isolation)
    check = Run([_GRADER, "check", str(notebook), *options], ROOT, clean_environment(), (1,))
    for state, times in (("warm", 1), ("cold", 2)):
        cached = partial(_cached, caches, warm=state == "warm")
        name = f"grader check, 1 exercise, {state}"
        yield Start(name, 4 * times, lambda cached=cached: measure(cached(check)))  # type: ignore[misc]
        for contest, count, goal in ((four, 4, 5), (every, len(every.exercises), 9)):
            ours = contest.ours(1)
            ours.command = (_GRADER,)
            name = f"grader grade, {count} exercises, {state}"
            yield Start(name, goal * times, partial(_graded, contest, ours, cached))
    for peer, name in (("nbgrader", "nbgrader autograde"), ("otter-run", "otter run")):
        if peers:
            grader = four.grader(peer, 1)
            yield Start(
                f"{name}, 4 exercises", None, partial(_graded, four, grader, lambda run: run)
            )


def _cached(folder: Path, run: Run, *, warm: bool) -> Run:
    """Return a run that finds what earlier warm runs have kept; a cold one finds nothing."""
    folder.mkdir(exist_ok=True)
    cache = str(folder / "warm") if warm else tempfile.mkdtemp(dir=folder)
    ours = {"GRADER_CACHE": cache, "XDG_CACHE_HOME": cache}
    # matplotlib's list of fonts is not ours, and takes seconds to make.
    fonts = {"MPLCONFIGDIR": str(folder / "matplotlib")}
    return replace(run, environment={**run.environment, **ours, **fonts})


def _graded(contest: Contest, grader: Grader, cached: Callable[[Run], Run]) -> Cost:
    grader.reset()
    cost = measure(cached(grader.run()))
    contest.check(grader)
    return cost


def _import_on_top() -> Cost:
    argv = [sys.executable, "-c", _ON_TOP]
    environment = clean_environment()
    done = subprocess.run(argv, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    return Cost(*json.loads(done.stdout))


def _measure_all(starts: Sequence[Start], rounds: int) -> Mapping[str, Sequence[Cost]]:
    """Return by command what it cost in each round, after a run that is not counted."""
    for start in starts:
        start.measure()
    costs: dict[str, list[Cost]] = {start.command: [] for start in starts}
    for turn in range(rounds):
        first = turn % len(starts)
        for start in (*starts[first:], *starts[:first]):
            costs[start.command].append(start.measure())
        tell(f"round {turn + 1} of {rounds}")
    return costs


def as_records(
    starts: Sequence[Start], costs: Mapping[str, Sequence[Cost]]
) -> Sequence[Mapping[str, Any]]:
    """Return each command's medians [s], its goal, and the ratios to the first command."""
    medians = [
        Cost(*(median(getattr(cost, of) for cost in costs[start.command]) for of in _TIMES))
        for start in starts
    ]
    return [
        {"command": start.command, "goal": start.goal, **asdict(cost)}
        | {
            "wall_to_numpy": cost.wall_s / medians[0].wall_s,
            "cpu_to_numpy": cost.cpu_s / medians[0].cpu_s,
        }
        for start, cost in zip(starts, medians, strict=True)
    ]


_TIMES = ("cpu_s", "wall_s")
