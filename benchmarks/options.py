"""What all commands of the benchmarks have in common: options, progress, and how they end."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.graders import ROOT
from benchmarks.results import Results, add_results, tables_of


def parser(program: str, about: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that every command has."""
    command = argparse.ArgumentParser(prog=program, description=about)
    add = command.add_argument
    add("--isolation", default="strong", help="tier of our grader; default: strong")
    add(
        "--course",
        type=lambda text: Path(text).absolute(),
        default=ROOT,
        help="default: this checkout",
    )
    add("--results", type=Path, metavar="FILE", help="put what is found into this file")
    add("--json", action="store_true", help="print JSON, in seconds and bytes, not tables")
    return command


def at_least(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers that are no smaller than this."""

    def number(text: str) -> int:
        found = int(text)
        if found < least:
            raise argparse.ArgumentTypeError(f"takes at least {least}")
        return found

    return number


def tell(line: str) -> None:
    """Show progress, apart from the figures."""
    print(line, file=sys.stderr, flush=True)


def end(options: argparse.Namespace, found: Results, faults: Sequence[str]) -> int:
    """Print what was found; keep it if all marks were right. Return the exit status."""
    print(json.dumps(found, indent=1) if options.json else tables_of(found))
    for fault in dict.fromkeys(faults):
        tell(f"wrong: {fault}")
    if options.results and not faults:
        add_results(options.results, found)
    return 1 if faults else 0
