"""Draw a file of results, as SVG: the same results give the same files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.results import GRADERS, TABLES, Record, Results, by_size

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
            records = results.get(TABLES[name])
            if records:
                figure = Figure(figsize=(6.4, 3.2))
                draw(figure.subplots(), records)
                about: dict[str, Any] = {"Date": None, "Description": mark_of(records)}
                drawn.append(folder / f"{name}.svg")
                figure.savefig(drawn[-1], format="svg", metadata=about)
    return drawn


def mark_of(records: Mapping[str, Record]) -> str:
    """Return what a drawing has in it that says what it was drawn from."""
    return hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()


def _peers(axes: Axes, records: Mapping[str, Record]) -> None:
    size, record = by_size(records)[-1]
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
    _, record = by_size(records)[-1]
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
    _, record = by_size(records)[-1]
    points = record["trusted_over"]
    axes.plot([done for done, _ in points], [held / _MIB for _, held in points], color=_BLUE)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.set_xlabel("submissions graded")
    axes.set_ylabel("outside of sandboxes [MiB]")


DRAWINGS: Mapping[str, Callable[[Axes, Mapping[str, Record]], None]] = {
    "peers": _peers,
    "drift": _drift,
    "memory": _memory,
}
"""By name, which is that of the table beside it."""
