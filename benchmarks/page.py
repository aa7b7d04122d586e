"""Put the tables of a file of results into the page that tells of them.

In the page, what stands between ``<!-- table: NAME -->`` and ``<!-- end -->`` is made from the
results; the rest is left as it is. Usage: ``python -m benchmarks.page [RESULTS]``
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.results_file import Results, read_results
from benchmarks.tables import TABLES

_DOCS = Path(__file__).resolve().parent.parent / "docs"
RESULTS = _DOCS / "benchmarks" / "results.json"
_PAGE = _DOCS / "benchmarks.md"

_MARKED = re.compile(r"<!-- table: (\w+) -->\n.*?<!-- end -->", re.DOTALL)
_NOTHING = "Not measured yet."

PICTURES = {
    "peers": "CPU per submission of the floor, this grader, otter-grader and nbgrader",
    "drift": "CPU and time per submission over a long run",
    "memory": "Memory of the trusted side over a long run",
    "jobs": "Time per submission with one job and with two",
    "resume": "CPU of a run that was killed and went on, beside an undisturbed one",
}
"""What is drawn beside a table, in words; `benchmarks.plots` draws it."""


def fill(page: str, results: Results) -> str:
    """Return a page with the tables of these results in it.

    Raises
    ------
    SystemExit
        The page has a place for a table that there is not.
    """
    return _MARKED.sub(lambda found: _block(found[1], results), page)


def _block(name: str, results: Results) -> str:
    if name not in TABLES:
        sys.exit(f"the page asks for a table `{name}`; there are {', '.join(TABLES)}")
    part, table = TABLES[name]
    measured = results.get(part) if part else results
    parts = [table(results)] if measured else [_NOTHING]
    if measured and name in PICTURES:
        parts.append(f"![{PICTURES[name]}](benchmarks/{name}.svg)")
    return "\n\n".join([f"<!-- table: {name} -->", *parts, "<!-- end -->"])


def main(argv: Sequence[str] | None = None) -> None:
    """Rewrite the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", default=RESULTS)
    parser.add_argument("--page", type=Path, default=_PAGE, help="default: docs/benchmarks.md")
    options = parser.parse_args(argv)
    page = options.page.read_text(encoding="utf-8")
    options.page.write_text(fill(page, read_results(options.results)), encoding="utf-8")


if __name__ == "__main__":
    main()
