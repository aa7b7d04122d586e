"""Measure what grading costs: this grader beside others, for one notebook and for whole classes.

``page`` measures nothing: it puts the results into docs/benchmarks.md. ``batch`` is every part that
is about whole classes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import batch, peers, startup
from benchmarks.contest import Contest
from benchmarks.graders import GRADERS, make_venvs
from benchmarks.measuring import account, report
from benchmarks.results import (
    RESULTS,
    ROOT,
    Record,
    add_results,
    describe_surroundings,
    tables_of,
    write_page,
)

_MEASURE: Mapping[str, Callable[[Contest, int, argparse.Namespace], Record]] = {
    "peers": peers.measure_peers,
    "startup": startup.measure_startup,
    **batch.MEASURE,
}
_SIZES = {"peers": [40], "startup": [1], "throughput": [40, 1000, 10_000]}
_SIZE = [1000]
_ROUNDS = {"peers": 3, "startup": 5}


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; 1 if anything was graded otherwise than it should be."""
    options = _options(argv)
    if "page" in options.parts:
        write_page(options.results or RESULTS)
        return 0
    parts = [
        each for part in options.parts for each in (batch.MEASURE if part == "batch" else [part])
    ]
    venvs = make_venvs(options.peers) if options.peers else {}
    found: dict[str, dict[str, Record]] = {}
    with (
        account(),
        tempfile.TemporaryDirectory(prefix="grader-benchmark-", dir=options.folder) as folder,
    ):
        contest = Contest(options.course, Path(folder), options.exercises, options.isolation, venvs)
        given_rounds = options.rounds
        for part in parts:
            options.rounds = given_rounds or _ROUNDS.get(part, 1)
            for size in options.sizes or _SIZES.get(part, _SIZE):
                report(f"{part} of {size:,}")
                about = describe_surroundings(options.isolation, venvs)
                record = {"about": about, **_MEASURE[part](contest, size, options)}
                found.setdefault(part, {})[str(size)] = record
                if options.results and not contest.faults:  # now, since the next may take long
                    add_results(options.results, found)
    print(json.dumps(found, indent=1) if options.json else tables_of(found))
    for fault in dict.fromkeys(contest.faults):
        report(f"wrong: {fault}")
    return 1 if contest.faults else 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    known = (*_MEASURE, "batch", "page")
    add("parts", nargs="*", metavar="PART", help=f"{', '.join(known)}; default: peers")
    add("--sizes", type=_sizes, metavar="N,N,...", help="submissions; default: as each part has it")
    add("--rounds", type=_at_least(1), help="figures are medians over these; default: by the part")
    add("--jobs", type=_at_least(2), default=2, help="of our grader, for whole classes; default: 2")
    add("--peers", type=Path, metavar="DIR", help="have peers take part, installed here")
    add("--graders", type=lambda text: text.split(","), help="that `peers` compares; default: all")
    add("--exercises", choices=("first", "all"), default="first", help="four of them, or all")
    add("--isolation", default="strong", help="tier of our grader; default: strong")
    add("--course", type=lambda text: Path(text).absolute(), default=ROOT, help="default: this one")
    add("--folder", type=Path, help="for notebooks and gradebooks, on the disk that is meant")
    add("--results", type=Path, metavar="FILE", help="put what is found into this file")
    add("--json", action="store_true", help="print JSON, in seconds and bytes, not tables")
    options = parser.parse_args(argv)
    options.parts = options.parts or ["peers"]
    options.graders = options.graders or (GRADERS if options.peers else GRADERS[:2])
    for names, among, what in (
        (options.parts, known, "part"),
        (options.graders, GRADERS, "grader"),
    ):
        for name in names:
            if name not in among:
                parser.error(f"there is no {what} `{name}`; there are {', '.join(among)}")
    for name in set(options.graders) - set(GRADERS[:2]):
        if not options.peers:
            parser.error(f"`{name}` needs --peers DIR")
        if options.exercises == "all":
            parser.error(f"`{name}` cannot be asked all exercises; leave out --exercises all")
    return options


def _at_least(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers that are no smaller than this."""

    def number(text: str) -> int:
        found = int(text)
        if found < least:
            raise argparse.ArgumentTypeError(f"takes at least {least}")
        return found

    return number


def _sizes(text: str) -> list[int]:
    return [_at_least(2)(part) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
