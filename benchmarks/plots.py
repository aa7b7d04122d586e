"""Draw a file of results, as SVG: the same results give the same files.

Usage: ``python -m benchmarks.plots [RESULTS] [--out DIR]``
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.page import RESULTS
from benchmarks.results_file import Record, Results, read_results
from benchmarks.tables import GRADERS, TABLES, largest

_MIB = 2**20
_STYLE: Mapping[Any, Any] = {
    "svg.hashsalt": "benchmarks",
    "svg.fonttype": "none",  # text stays text, in whatever font the reader has
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}
_BLUE, _ORANGE, _GREY = "#1f6fb4", "#d8731a", "#8c8c8c"


def draw_all(results: Results, folder: Path) -> list[Path]:
    """Draw what has been measured; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    with mpl.rc_context(dict(_STYLE)):
        for name, draw in DRAWINGS.items():
            records = results.get(TABLES[name][0])
            if records:
                drawn.append(_draw(folder / f"{name}.svg", draw, records))
    return drawn


def mark_of(records: Mapping[str, Record]) -> str:
    """Return what a drawing has in it that says what it was drawn from."""
    return hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()


def _draw(
    path: Path, draw: Callable[[Axes, Mapping[str, Record]], None], records: Mapping[str, Record]
) -> Path:
    figure = Figure(figsize=(6.4, 3.2))
    axes = figure.subplots()
    draw(axes, records)
    about: dict[str, Any] = {"Date": None, "Description": mark_of(records)}
    figure.savefig(path, format="svg", metadata=about)
    return path


def _peers(axes: Axes, records: Mapping[str, Record]) -> None:
    size, record = largest(records)
    found = sorted(record["graders"].items(), key=lambda item: -item[1]["cpu_s"])
    names = [name for name, _ in found]
    colours = [_BLUE if name == "ours" else _GREY for name in names]
    times = [of["cpu_s"] * 1000 for _, of in found]
    bars = axes.barh([GRADERS[name] for name in names], times, color=colours)
    axes.bar_label(bars, fmt="%.0f", padding=3)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(min(times) / 3, max(times) * 2)
    axes.grid(visible=False)
    axes.set_xlabel(f"CPU per submission [ms], of {size:,}, with the start (logarithmic)")


def _drift(axes: Axes, records: Mapping[str, Record]) -> None:
    _, record = largest(records)
    blocks = record["blocks"]
    done = [block["submissions"] for block in blocks]
    for of, label, colour in (("cpu_s", "CPU", _BLUE), ("wall_s", "time", _ORANGE)):
        each = [block[of] * 1000 for block in blocks]
        axes.plot(done, each, marker="o", color=colour, label=label)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.set_xlabel("submissions graded")
    axes.set_ylabel("each, over the last tenth [ms]")
    axes.legend(loc="lower right")


def _memory(axes: Axes, records: Mapping[str, Record]) -> None:
    _, record = largest(records)
    points = record["trusted_over"]
    axes.plot([done for done, _ in points], [held / _MIB for _, held in points], color=_BLUE)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.set_xlabel("submissions graded")
    axes.set_ylabel("outside of sandboxes [MiB]")


def _jobs(axes: Axes, records: Mapping[str, Record]) -> None:
    size, record = largest(records)
    counts = sorted(int(name) for name in record if name.isdecimal())
    each = [record[str(count)]["wall_s"] / size * 1000 for count in counts]
    bars = axes.bar([str(count) for count in counts], each, width=0.5, color=_BLUE)
    axes.bar_label(bars, fmt="%.1f", padding=3)
    for place, count in enumerate(counts):
        label = "one job's time, shared" if place else ""
        axes.hlines(each[0] / count, place - 0.3, place + 0.3, color=_ORANGE, label=label)
    axes.set_ylim(top=1.25 * max(each))
    axes.grid(visible=False)
    axes.set_xlabel("jobs")
    axes.set_ylabel(f"time per submission [ms], of {size:,}")
    axes.legend(loc="upper right")


def _resume(axes: Axes, records: Mapping[str, Record]) -> None:
    size, record = largest(records)
    axes.barh("undisturbed", record["undisturbed"]["cpu_s"], color=_BLUE)
    killed = record["killed"]["cpu_s"]
    axes.barh("killed, and the rest", killed, color=_GREY, label="until it was killed")
    axes.barh("killed, and the rest", record["rest"]["cpu_s"], left=killed, color=_BLUE)
    axes.barh("once more, unchanged", record["unchanged"]["cpu_s"], color=_BLUE)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.set_xlabel(f"CPU [s], of {size:,} submissions")
    axes.legend(loc="lower right")


DRAWINGS: Mapping[str, Callable[[Axes, Mapping[str, Record]], None]] = {
    "peers": _peers,
    "drift": _drift,
    "memory": _memory,
    "jobs": _jobs,
    "resume": _resume,
}
"""By name, which is that of the table beside it."""


def main(argv: Sequence[str] | None = None) -> None:
    """Draw a file of results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plots", description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", default=RESULTS)
    parser.add_argument("--out", type=Path, default=RESULTS.parent, help="default: docs/benchmarks")
    options = parser.parse_args(argv)
    draw_all(read_results(options.results), options.out)


if __name__ == "__main__":
    main()
