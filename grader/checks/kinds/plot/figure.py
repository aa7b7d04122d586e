"""A figure as a session told it: lines, bars and texts, of which nothing is believed unchecked."""

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
"""Text of a legend's entry, and the look of the line that it names; no look where it is no line."""


class UnreadError(Exception):
    """What was drawn cannot be judged; the message is for a student to read.

    Attributes
    ----------
    brief : str
        The same, without anything that the student's code chose.
    """

    def __init__(self, message: str, brief: str = "") -> None:
        self.brief = brief or message
        super().__init__(message)


def failure_about(kind: str, message: str, brief: str = "") -> Failure:
    """Return one thing that is wrong with a figure.

    Parameters
    ----------
    kind : str
        What it is about: ``lines``, ``histogram``, ``legend``, and so on.
    message : str
        A clause about the figure, with numbers.
    brief : str
        The same without numbers and without anything that the student chose; the message itself
        where absent.
    """
    return Failure(message, brief or message, evidence=(kind,))


@dataclass(frozen=True, slots=True)
class PlottedLine:
    """One line.

    Attributes
    ----------
    x, y : ndarray, shape (n,)
        Its points, in the order in which they are joined.
    name : str
        What the legend calls it; empty where the legend does not name it.
    """

    x: np.ndarray
    y: np.ndarray
    name: str


@dataclass(frozen=True, slots=True)
class Panel:
    """All that is drawn at one place of a figure, by one axes or by twins.

    Attributes
    ----------
    lines : tuple of PlottedLine
        Every visible line.
    bars : tuple of ndarray, shape (k, 3)
        Left edge, right edge and height of the bars of each histogram.
    title, xlabel, ylabel : str
        Empty where there is none; the figure's own where the axes have none.
    xscale, yscale : str
        As matplotlib calls them.
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
    """Return what a session told of a figure, or of several.

    Raises
    ------
    UnreadError
        There is no figure, or it could not be read, or this is no account of one.
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
        raise ValueError("a session sends no more points than this")
    return panels


def _panels(figure: Value) -> tuple[Panel, ...]:
    _expect(figure, dict)
    places: dict[tuple[float, ...], list[Mapping[str, Any]]] = {}
    for axes in _expect(figure["axes"], list):
        _expect(axes, dict)
        places.setdefault(_place(axes["place"]), []).append(axes)
    return tuple(_panel(twins, figure) for twins in places.values())


def _place(value: Value) -> tuple[float, ...]:
    return tuple(_expect(edge, float) for edge in _expect(value, tuple))


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
    """Return the lines, each with what the legend calls it.

    A line's own label is the name, if the legend shows it. A legend may also be made
    of texts alone; its entry then looks like the line that it names, and like no other.
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
        raise ValueError("every point has an x and a y")
    drawn = ~(np.isnan(x) | np.isnan(y))  # nan makes a gap
    return x[drawn], y[drawn]


def _bars(value: Value) -> np.ndarray:
    bars = _array(value, 2)
    if bars.shape[1] != 3:
        raise ValueError("a bar has two edges and a height")
    return bars[np.argsort(bars[:, 0], kind="stable")]


def _array(value: Value, ndim: int) -> np.ndarray:
    array: np.ndarray = _expect(value, np.ndarray)
    if array.dtype != np.float64 or array.ndim != ndim:
        raise ValueError("these are not the numbers of a figure")
    return array


def _expect(value: Value, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value


def folded(text: str) -> str:
    """Return a text of a figure in the form in which it is compared: case and spaces aside."""
    return " ".join(text.split()).casefold()
