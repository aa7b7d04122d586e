"""What one start costs: whole processes that grade one notebook, as ratios to ``import numpy``.

Usage: ``python -m benchmarks startup [--peers DIR] [--results FILE]``

Every round runs every command once, in an order that changes, and the figures are medians over the
rounds. *Warm* commands share a cache folder that a run before the rounds has filled; *cold* ones
get an empty folder each. Compiled bytecode is there in both.
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

from benchmarks.accounting import account
from benchmarks.arguments import at_least, tell
from benchmarks.classroom import FIRST
from benchmarks.contest import Contest, Setting
from benchmarks.measuring import Cost, Run, measure
from benchmarks.results_file import add_results
from benchmarks.subjects import clean_environment
from benchmarks.surroundings import describe_surroundings
from benchmarks.tables import TABLES
from benchmarks.venvs import make_venvs
from grader.course import load_course

_ROOT = Path(__file__).resolve().parent.parent
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
class Command:
    """Something to run.

    Attributes
    ----------
    name : str
        What people read.
    goal : float or None
        The time it may take, in times of ``import numpy``.
    measure : callable
        Runs it once.
    """

    name: str
    goal: float | None
    measure: Callable[[], Cost]


@dataclass(frozen=True, slots=True)
class _Caches:
    """Where commands keep what the next run may use again."""

    folder: Path

    def warm(self, run: Run) -> Run:
        """Return a run that finds what earlier warm runs have left."""
        return self._at(run, self.folder / "warm")

    def cold(self, run: Run) -> Run:
        """Return a run that finds nothing."""
        return self._at(run, Path(tempfile.mkdtemp(dir=self.folder)))

    def _at(self, run: Run, cache: Path) -> Run:
        # matplotlib's list of fonts is not ours, and takes seconds to make.
        matplotlib = str(self.folder / "matplotlib")
        places = dict.fromkeys(("GRADER_CACHE", "XDG_CACHE_HOME"), str(cache))
        return replace(run, environment={**run.environment, **places, "MPLCONFIGDIR": matplotlib})


def measure_starts(
    commands: Sequence[Command], rounds: int
) -> Iterator[tuple[Command, Sequence[Cost]]]:
    """Yield every command with what it cost in each round, after a run that is not counted."""
    for command in commands:
        command.measure()
    costs: dict[str, list[Cost]] = {command.name: [] for command in commands}
    for turn in range(rounds):
        first = turn % len(commands)
        for command in (*commands[first:], *commands[:first]):
            costs[command.name].append(command.measure())
        tell(f"round {turn + 1} of {rounds}")
    for command in commands:
        yield command, costs[command.name]


def commands_of(four: Contest, every: Contest, caches: _Caches) -> Iterator[Command]:
    """Yield what is measured: each start that the goals name, and the peers that take part."""
    yield Command('python -c "import numpy"', 1.0, _measuring(sys.executable, "-c", "import numpy"))
    yield Command("grader --help", 1.0, _measuring(_GRADER, "--help"))
    yield Command("import grader, in a kernel", 0.5, _import_on_top)
    (notebook,) = four.folder(1).iterdir()
    check = _run(_GRADER, "check", str(notebook), "--course", str(every.course))
    options = ("--exercise", _CHECKED, "--isolation", every.setting.isolation)
    check = replace(check, argv=[*check.argv, *options], exit_statuses=(1,))
    for state, times, cached in (("warm", 1, caches.warm), ("cold", 2, caches.cold)):
        name = f"grader check, 1 exercise, {state}"
        yield Command(name, 4.0 * times, partial(_checked, check, cached))
        for contest, goal in ((four, 5.0), (every, 9.0)):
            name = f"grader grade, {len(contest.setting.exercises)} exercises, {state}"
            yield Command(name, goal * times, partial(_graded, contest, "ours", cached))
    for peer, name in (("nbgrader", "nbgrader autograde"), ("otter-run", "otter run")):
        if peer in four.setting.subjects:
            yield Command(f"{name}, 4 exercises", None, partial(_graded, four, peer, caches.warm))


def _checked(run: Run, cached: Callable[[Run], Run]) -> Cost:
    return measure(cached(run))


def _graded(contest: Contest, subject: str, cached: Callable[[Run], Run]) -> Cost:
    return contest.grade(subject, 1, lambda run: measure(cached(run)))


def _run(*argv: str) -> Run:
    return Run(argv, _ROOT, clean_environment())


def _measuring(*argv: str) -> Callable[[], Cost]:
    return lambda: measure(_run(*argv))


def _import_on_top() -> Cost:
    run = _run(sys.executable, "-c", _ON_TOP)
    done = subprocess.run(
        run.argv, cwd=run.folder, env=run.environment, check=True, stdout=subprocess.PIPE
    )
    return Cost(*json.loads(done.stdout))


def as_record(measured: Mapping[Command, Sequence[Cost]]) -> list[dict[str, object]]:
    """Return medians in seconds, with the goals; the first command is what the ratios are to."""
    medians = [
        Cost(median(cost.cpu_s for cost in costs), median(cost.wall_s for cost in costs))
        for costs in measured.values()
    ]
    base = medians[0]
    return [
        {
            "command": command.name,
            "goal": command.goal,
            **asdict(cost),
            "wall_to_numpy": cost.wall_s / base.wall_s,
            "cpu_to_numpy": cost.cpu_s / base.cpu_s,
        }
        for command, cost in zip(measured, medians, strict=True)
    ]


def main(argv: Sequence[str]) -> int:
    """Measure and print; 1 if anything was graded otherwise than it should be."""
    options = _parser().parse_args(argv)
    venvs = make_venvs(options.peers, tell) if options.peers else {}
    with account(), tempfile.TemporaryDirectory(prefix="grader-benchmark-") as place:
        folder = Path(place)
        about = describe_surroundings(options.isolation, venvs)
        course = options.course.absolute()
        peers = ("nbgrader", "otter-run") if venvs else ()
        setting = Setting(
            course=course,
            folder=folder / "four",
            subjects=("ours", *peers),
            venvs=venvs,
            isolation=options.isolation,
            exercises=FIRST,
        )
        whole = replace(
            setting,
            folder=folder / "all",
            subjects=("ours",),
            exercises=tuple(load_course(course).exercises),
        )
        contests = Contest(setting, [1]), Contest(whole, [1])
        caches = _Caches(folder / "caches")
        caches.folder.mkdir()
        measured = dict(measure_starts(list(commands_of(*contests, caches)), options.rounds))
    found = {"startup": {"1": {"about": about, "commands": as_record(measured)}}}
    print(json.dumps(found, indent=1) if options.json else TABLES["startup"][1](found))
    faults = [fault for contest in contests for fault in contest.faults]
    if options.results and not faults:
        add_results(options.results, found)
    for fault in dict.fromkeys(faults):
        tell(f"wrong marks: {fault}")
    return 1 if faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks startup", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=at_least(1), default=5, help="figures are medians over these; default: 5")
    add("--peers", type=Path, metavar="DIR", help="nbgrader and otter-grader take part; see above")
    add("--isolation", default="strong", help="default: strong")
    add("--course", type=Path, default=_ROOT, help="default: this checkout")
    add("--results", type=Path, metavar="FILE", help="put what is found into this file")
    add("--json", action="store_true", help="print JSON alone")
    return parser
