"""Measure what it costs to grade whole classes of different notebooks."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.accounting import account
from benchmarks.arguments import at_least, tell
from benchmarks.batch.parts import PARTS
from benchmarks.batch.school import School
from benchmarks.results_file import Record, Results, add_results
from benchmarks.surroundings import describe_surroundings
from benchmarks.tables import TABLES

_ROOT = Path(__file__).resolve().parents[2]


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; 1 if anything was graded otherwise than it should be."""
    options = _parser().parse_args(argv)
    found: dict[str, dict[str, Record]] = {}
    with (
        account(),
        tempfile.TemporaryDirectory(prefix="grader-benchmark-", dir=options.folder) as folder,
    ):
        school = School(options.course.absolute(), Path(folder), options.isolation, options.jobs)
        for part, size in _chosen(options.part, options.sizes):
            tell(f"{part} of {size:,}")
            about = describe_surroundings(options.isolation)
            figures = PARTS[part].measure(school, size, options.rounds)
            found.setdefault(part, {})[str(size)] = {"about": about, **figures}
            if school.faults:
                return _refuse(school.faults)
            if options.results:  # as it comes, since the next part may take long
                add_results(options.results, found)
    print(json.dumps(found, indent=1) if options.json else _tables(found))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    add = parser.add_argument
    add("--part", action="append", choices=PARTS, help="may be given again; default: all")
    add("--sizes", type=_sizes, metavar="N,N,...", help="submissions; default: as each part has it")
    add("--jobs", type=at_least(2), default=2, help="default: 2")
    add("--rounds", type=at_least(1), default=1, help="of what is compared; default: 1")
    add("--isolation", default="strong", help="default: strong")
    add("--results", type=Path, metavar="FILE", help="put what is found into this file")
    add("--json", action="store_true", help="print JSON alone")
    add("--course", type=Path, default=_ROOT, help="default: this checkout")
    add("--folder", type=Path, help="for notebooks and gradebooks, on the disk that is meant")
    return parser


def _chosen(parts: Sequence[str] | None, sizes: Sequence[int] | None) -> Iterator[tuple[str, int]]:
    for part in parts or PARTS:
        for size in sizes or PARTS[part].sizes:
            yield part, size


def _tables(found: Results) -> str:
    made = {name: make for name, (part, make) in TABLES.items() if part in found}
    return "\n\n".join(f"{name}\n\n{make(found)}" for name, make in made.items())


def _refuse(faults: Sequence[str]) -> int:
    for fault in dict.fromkeys(faults):
        tell(f"wrong: {fault}")
    return 1


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(at_least(2)(part) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
