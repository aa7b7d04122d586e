"""Compare what grading costs, in time and memory, with this grader and with others."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import startup
from benchmarks.accounting import account
from benchmarks.arguments import at_least, tell
from benchmarks.calibration import BURNT_S, calibrate
from benchmarks.classroom import FIRST
from benchmarks.contest import PEERS, Contest, Setting
from benchmarks.report import as_json, as_table
from benchmarks.results_file import add_results
from benchmarks.surroundings import describe_surroundings
from benchmarks.venvs import make_venvs
from grader.course import load_course

_ROOT = Path(__file__).resolve().parent.parent


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; 1 if any grader gave marks that it should not."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == ["startup"]:
        return startup.main(given[1:])
    parser = _parser()
    options = parser.parse_args(given)
    with account(), tempfile.TemporaryDirectory(prefix="grader-benchmark-") as folder:
        setting = _setting(options, Path(folder), parser.error)
        if options.calibrate:
            return _calibrate(setting, as_data=options.json)
        if options.growth:
            return _grow(setting, options.growth, as_data=options.json)
        return _compare(setting, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--course", type=Path, default=_ROOT, help="default: this checkout")
    add("--exercises", choices=("first", "all"), default="first", help="four of them, or all")
    add("--subjects", type=_names, help="default: ours,floor and each peer whose venv is given")
    add("--nbgrader-venv", type=Path, metavar="DIR", help="a venv with nbgrader, numpy, ipykernel")
    add("--otter-venv", type=Path, metavar="DIR", help="one with otter-grader, numpy, ipykernel")
    add("--peers", type=Path, metavar="DIR", help="make both venvs here, unless they are there")
    add("--notebooks", type=at_least(2), default=40, help="default: 40")
    add("--rounds", type=int, default=3, help="figures are medians over these; default: 3")
    add("--isolation", default="strong", help="tier of ours; default: strong")
    add("--growth", type=_sizes, metavar="N,N,...", help="our memory against the submissions")
    add("--calibrate", action="store_true", help="show that all CPU time is counted")
    add("--results", type=Path, metavar="FILE", help="put what is found into this file")
    add("--json", action="store_true", help="print JSON alone")
    return parser


def _setting(options: argparse.Namespace, folder: Path, refuse: Callable[[str], None]) -> Setting:
    given = {"nbgrader": options.nbgrader_venv, "otter": options.otter_venv}
    venvs = make_venvs(options.peers, tell) if options.peers else {}
    venvs |= {name: venv.absolute() for name, venv in given.items() if venv is not None}
    subjects = options.subjects or ("ours", "floor", *venvs)
    for name in subjects:
        if name not in ("ours", "floor", *PEERS):
            refuse(f"there is no subject `{name}`; there are ours, floor, {', '.join(PEERS)}")
        if name in PEERS and name not in venvs:
            refuse(f"`{name}` needs --{name}-venv DIR, or --peers DIR")
        if name in PEERS and options.exercises == "all":
            refuse(f"`{name}` cannot be asked all exercises; leave out --exercises all")
    course = options.course.absolute()
    return Setting(
        course=course,
        folder=folder,
        subjects=subjects,
        venvs=venvs,
        isolation=options.isolation,
        exercises=FIRST if options.exercises == "first" else tuple(load_course(course).exercises),
    )


def _compare(setting: Setting, options: argparse.Namespace) -> int:
    notebooks, rounds, as_data = options.notebooks, options.rounds, options.json
    about = describe_surroundings(setting.isolation, setting.venvs)
    contest = Contest(setting, (1, notebooks, 2 * notebooks))
    figures = contest.compare(rounds, _silent if as_data else tell)
    count = len(setting.exercises)
    head = {"exercises": count, "notebooks": notebooks, "rounds": rounds}
    record = {"about": about, **head, "graders": as_json(figures)}
    if as_data:
        print(json.dumps(record, indent=2))
    else:
        each = f"{count} exercises each, per submission"
        print(f"{notebooks} notebooks, {each}, medians of {rounds} rounds:\n")
        print(as_table(figures))
    if options.results and not contest.faults:
        add_results(options.results, {"peers": {str(notebooks): record}})
    return _end(contest.faults)


def _grow(setting: Setting, sizes: Sequence[int], *, as_data: bool) -> int:
    contest = Contest(setting, sizes)
    found = {size: contest.memory("ours", size).late_trusted_bytes for size in sizes}
    if as_data:
        print(json.dumps({"late_trusted_bytes": found}, indent=2))
    else:
        for size, trusted_bytes in found.items():
            print(f"{size:6} submissions: {trusted_bytes / 2**20:.1f} MiB late on the trusted side")
    return _end(contest.faults)


def _calibrate(setting: Setting, *, as_data: bool) -> int:
    counted = calibrate(setting)
    if as_data:
        print(json.dumps({"burnt_s": BURNT_S, "counted_s": counted}, indent=2))
    else:
        for name, seconds in counted.items():
            print(f"{name}: {seconds:.2f} s counted of {BURNT_S:.2f} s burnt")
    return 0


def _end(faults: Sequence[str]) -> int:
    for fault in dict.fromkeys(faults):
        print(f"wrong marks: {fault}", file=sys.stderr)
    return 1 if faults else 0


def _silent(line: str) -> None:
    del line


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
