"""A figure as a session reports it: lines, bars and texts, all of which are validated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from grader.checks.verdict_text import Failure
from grader.guest.protocol.values import Opaque, Value
from grader.text import safe_text

_MAX_POINTS = 200_000

Entry: TypeAlias = tuple[str, str]
"""Text of a legend's entry, and the look of its line; the look is empty for other artists."""


class UnreadError(Exception):
    """A drawing that cannot be judged; students read the message.

    Attributes
    ----------
    brief : str
        The message without anything that the student's code chose.
    """

    def __init__(self, message: str, brief: str = "") -> None:
        self.brief = brief or message
        super().__init__(message)


def failure_about(kind: str, message: str, brief: str = "") -> Failure:
    """Return one error in a figure.

    `kind` is the part that is wrong, such as ``legend``; `message` a clause about the figure, with
    numbers; `brief` the same without numbers or anything that the student chose.
    """
    return Failure(message, brief or message, evidence=(kind,))


@dataclass(frozen=True, slots=True)
class PlottedLine:
    """One line of a figure.

    Attributes
    ----------
    x, y : ndarray, shape (n,)
        Its points, in the order in which they are joined.
    name : str
        Its name in the legend; empty if it has none there.
    """

    x: np.ndarray
    y: np.ndarray
    name: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything drawn at one place of a figure, by one axes or by twins.

    Attributes
    ----------
    lines : tuple of PlottedLine
        Every visible line.
    bars : tuple of ndarray, shape (k, 3)
        Left edge, right edge and height of the bars of each histogram.
    title, xlabel, ylabel : str
        The texts of the axes, else of the figure; empty if neither has one.
    xscale, yscale : str
        Matplotlib's names of the scales.
    legend : tuple of str
        The texts of the legend.
    """

    lines: tuple[PlottedLine, ...]
    bars: tuple[np.ndarray, ...]
    title: str
    xlabel: str
    ylabel: str
    xscale: str
    yscale: str
    legend: tuple[str, ...]


def panels_of(value: Value) -> tuple[Panel, ...]:
    """Return the panels of one or several figures that a session reports.

    Raises
    ------
    UnreadError
        There is no figure, it could not be read, or the report is invalid.
    """
    if value is None:
        raise UnreadError("draws no figure")
    if isinstance(value, Opaque):
        raise UnreadError("draws a figure that is too large to be read")
    if type(value) is dict and type(value.get("unread")) is str:
        reason = safe_text(value["unread"])
        brief = "draws a figure that cannot be read"
        raise UnreadError(f"{brief}: {reason}", brief)
    try:
        return _all_panels(value)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadError("draws a figure that cannot be read") from error


def _all_panels(value: Value) -> tuple[Panel, ...]:
    figures = [value, *_expect(_expect(value, dict).get("others", []), list)]
    panels = tuple(panel for figure in figures for panel in _panels(figure))
    if sum(line.x.size for panel in panels for line in panel.lines) > _MAX_POINTS:
        raise ValueError("too many points: a session never sends this many")
    return panels


def _panels(figure: Value) -> tuple[Panel, ...]:
    _expect(figure, dict)
    places: dict[tuple[float, ...], list[Mapping[str, Any]]] = {}
    for axes in _expect(figure["axes"], list):
        _expect(axes, dict)
        place = tuple(_expect(edge, float) for edge in _expect(axes["place"], tuple))
        places.setdefault(place, []).append(axes)
    return tuple(_panel(twins, figure) for twins in places.values())


def _panel(twins: list[Mapping[str, Any]], figure: Mapping[str, Any]) -> Panel:
    entries = [entry for owner in (*twins, figure) for entry in _entries(owner["legend"])]
    drawn = [line for axes in twins for line in _expect(axes["lines"], list)]
    return Panel(
        lines=_lines(drawn, entries),
        bars=tuple(_bars(bars) for axes in twins for bars in _expect(axes["bars"], list)),
        title=_text("title", [*twins, figure]),
        xlabel=_text("xlabel", [*twins, figure]),
        ylabel=_text("ylabel", [*twins, figure]),
        xscale=_text("xscale", twins),
        yscale=_text("yscale", twins),
        legend=tuple(text for text, _ in entries),
    )


def _text(key: str, owners: list[Mapping[str, Any]]) -> str:
    texts: list[str] = [_expect(owner[key], str).strip() for owner in owners]
    return next(filter(None, texts), "")


def _entries(value: Value) -> list[Entry]:
    entries = []
    for entry in _expect(value, list):
        text, look = _expect(entry, tuple)
        if _expect(text, str).strip():
            entries.append((text.strip(), _expect(look, str)))
    return entries


def _lines(drawn: list[Value], entries: list[Entry]) -> tuple[PlottedLine, ...]:
    """Return the lines with their names in the legend.

    A line's own label is its name, if the legend shows it. A legend may also be made from texts
    alone; an entry then names the only line that looks like it.
    """
    for line in drawn:
        _expect(line, dict)
    own = {_expect(line["label"], str).strip() for line in drawn}
    free = [(look, text) for text, look in entries if look and text not in own]
    by_look = dict(free)
    looks = Counter([_expect(line["look"], str) for line in drawn])
    shown = {text for text, _ in entries}

    def name(line: Mapping[str, Any]) -> str:
        label: str = line["label"].strip()
        if label in shown:
            return label
        return by_look.get(line["look"], "") if looks[line["look"]] == 1 else ""

    return tuple(PlottedLine(*_points(line["x"], line["y"]), name(line)) for line in drawn)


def _points(x: Value, y: Value) -> tuple[np.ndarray, np.ndarray]:
    x, y = _array(x, 1), _array(y, 1)
    if x.shape != y.shape:
        raise ValueError("x and y must have the same shape")
    drawn = ~(np.isnan(x) | np.isnan(y))  # nan makes a gap
    return x[drawn], y[drawn]


def _bars(value: Value) -> np.ndarray:
    bars = _array(value, 2)
    if bars.shape[1] != 3:
        raise ValueError("a bar must have two edges and a height")
    return bars[np.argsort(bars[:, 0], kind="stable")]


def _array(value: Value, ndim: int) -> np.ndarray:
    array: np.ndarray = _expect(value, np.ndarray)
    if array.dtype != np.float64 or array.ndim != ndim:
        raise ValueError("expected an array of floats with the right number of dimensions")
    return array


def _expect(value: Value, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value


def folded(text: str) -> str:
    """Return a text of a figure for comparing, without differences of case and spaces."""
    return " ".join(text.split()).casefold()
