"""A file of results, what is known of the machine that made them, and the tables in the docs.

The file is one JSON object: by the part's name and the number of submissions, the figures, in
seconds and bytes, and under ``about`` where, when and with what they were measured. A part that is
measured again replaces what was there for this size.

In docs/benchmarks.md the tables stand between ``<!-- table: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from benchmarks.measuring import has_account

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/benchmarks.md"
RESULTS = ROOT / "docs/benchmarks/results.json"
NAMES = {"ours": "grader", "floor": "floor", "otter": "otter-grader", "nbgrader": "nbgrader"}
"""What each is called where people read of it."""

TABLES = {
    "peers": "peers",
    "startup": "startup",
    "throughput": "throughput",
    "floor": "floor",
    "drift": "throughput",
    "memory": "throughput",
    "jobs": "jobs",
    "dask": "dask",
    "resume": "resume",
    "unchanged": "throughput",
    "surroundings": "",
}
"""By name of a table in ``tables.jinja``: the part that must have been measured."""

_PACKAGES = ("notebook-grader", "numpy", "ipython", "msgpack", "sqlalchemy", "distributed")
_PEER_PACKAGES = ("nbgrader", "otter-grader", "numpy", "ipykernel")
_READ_VERSIONS = """\
import json, platform, sys
from importlib.metadata import distributions
found = {of.name.lower(): of.version for of in distributions()}
wanted = {name: found[name] for name in sys.argv[1:] if name in found}
print(json.dumps({"python": platform.python_version()} | wanted))
"""

Record = Mapping[str, Any]
Results = Mapping[str, Mapping[str, Record]]
"""Records by part and by size."""


def read_results(path: Path) -> Results:
    """Read a file of results; one that is not there holds none."""
    found: Results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def add_results(path: Path, found: Results) -> None:
    """Put results into a file, beside what it holds of other parts and sizes."""
    before = read_results(path)
    together = {
        part: dict(by_size({**before.get(part, {}), **found.get(part, {})}, str))
        for part in sorted({*before, *found})
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(together, indent=1) + "\n", encoding="utf-8")


def by_size(records: Mapping[str, Record], key: Any = int) -> list[tuple[Any, Record]]:
    """Return records in the order of their sizes, each with its size."""
    return [(key(size), records[size]) for size in sorted(records, key=int)]


def table(name: str, results: Results) -> str:
    """Return a table in Markdown; empty where its part has not been measured."""
    part = TABLES[name]
    if part not in ("", *results):
        return ""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "count": "{:,}".format,
        "ms": lambda seconds: f"{1000 * seconds:.1f} ms",
        "mib": lambda size: f"{size / 2**20:.0f} MiB",
        "percent": lambda share, digits: f"{100 * share:.{digits}f} %",
        "fixed": lambda number, digits: "" if number is None else f"{number:.{digits}f}",
    }
    environment.globals |= {
        "graders": NAMES,
        "nearest_floor": partial(nearest_floor, results),
        "places": _places(results),
    }
    macro = getattr(environment.get_template("tables.jinja").module, name)
    return str(macro(by_size(results[part]) if part else [])).strip()


def tables_of(results: Results) -> str:
    """Return all tables for which there are results, each with its name."""
    made = {name: table(name, results) for name in TABLES if TABLES[name] in results}
    return "\n\n".join(f"{name}\n\n{text}" for name, text in made.items())


def nearest_floor(results: Results, size: int) -> tuple[int, float] | None:
    """Return for how many submissions the floor was measured that is nearest, and CPU each [s]."""
    floors = {count: record["cpu_s"] / count for count, record in by_size(results.get("floor", {}))}
    return min(floors.items(), key=lambda item: abs(item[0] - size), default=None)


def _places(results: Results) -> Sequence[tuple[Sequence[str], Mapping[str, Sequence[str]]]]:
    """Return each date, machine and set of versions, with the parts and sizes measured there."""
    places: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for part, records in results.items():
        for size, record in by_size(records):
            about = record["about"]
            of, peers = about["machine"], about["peers"].values()
            kind = f"{of['cpu']}, {of['cores']} cores, {of['memory_bytes'] / 2**30:.1f} GiB"
            sides = [about["versions"] | {"commit": about["commit"] or "unknown"}, *peers]
            versions = [", ".join(f"{name} {side[name]}" for name in side) for side in sides]
            place = f"{kind}, {of['kernel']}", "; ".join(versions)
            parts = places.setdefault((about["date"], about["isolation"], *place), {})
            parts.setdefault(part, []).append(f"{size:,}")
    return list(places.items())


def fill(page: str, results: Results) -> str:
    """Return a page with the tables of these results in it."""

    def block(found: re.Match[str]) -> str:
        name = found[1]
        if name not in TABLES:
            sys.exit(f"the page asks for a table `{name}`; there are {', '.join(TABLES)}")
        text = table(name, results)
        return f"<!-- table: {name} -->\n\n{text or 'Not measured yet.'}\n\n<!-- end -->"

    return re.sub(r"<!-- table: (\w+) -->\n.*?<!-- end -->", block, page, flags=re.DOTALL)


def write_page(results: Path) -> None:
    """Put the tables of a file of results into the page."""
    text = fill(PAGE.read_text(encoding="utf-8"), read_results(results))
    PAGE.write_text(text, encoding="utf-8")


def describe_surroundings(isolation: str, venvs: Mapping[str, Path]) -> dict[str, Any]:
    """Return the date, the tier, the machine and its load, and the versions of all that take part.

    `venvs` has the virtual environment of each peer.
    """
    commit = _printed("git", "log", "-1", "--format=%h", "--", "grader")
    changed = bool(_printed("git", "status", "--porcelain", "--", "grader"))
    cpu = _field("/proc/cpuinfo", "model name") or platform.processor() or "unknown"
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "isolation": isolation,
        "machine": {
            "cpu": cpu,
            "cores": len(os.sched_getaffinity(0)),
            "memory_bytes": int(_field("/proc/meminfo", "MemTotal").split()[0]) * 1024,
            "kernel": f"{platform.system()} {platform.release()}",
        },
        "load_before": round(os.getloadavg()[0], 2),
        "versions": _versions(Path(sys.executable), _PACKAGES),
        "commit": commit + "+" * changed,
        "all_cpu_is_counted": has_account(),
        "peers": {
            name: _versions(venv / "bin/python", _PEER_PACKAGES) for name, venv in venvs.items()
        },
    }


def _versions(python: Path, packages: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = json.loads(_printed(str(python), "-c", _READ_VERSIONS, *packages))
    return found


def _printed(*argv: str) -> str:
    """Return what a command prints; empty where there is no such command."""
    try:
        return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""


def _field(path: str, name: str) -> str:
    """Return what a line of the form ``name: value`` holds; empty where there is none."""
    found = re.search(rf"^{name}\s*:\s*(.*)$", Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""
