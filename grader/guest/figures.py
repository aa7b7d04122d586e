"""Reads what a matplotlib figure shows, as plain data; figures are never rendered.

This module never imports matplotlib: without an import in the notebook there is no figure.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .import_hooks import forget_waiting
from .limits.alarm import TimeLimit
from .protocol.encoding import type_name, without_addresses
from .protocol.values import Value

_MAX_FIGURES = 8
_MAX_AXES = 16
_MAX_LINES = 64
_MAX_POINTS = 200_000
_MAX_GROUPS = 64
_MAX_BARS = 20_000
_MAX_TEXTS = 64
_TEXT_CHARS = 200
_MAX_MEMBERS = 64
_MAX_DEPTH = 5


class _TooMuchError(Exception):
    """A figure has more of something than is read."""


def draw_first() -> None:
    """Draw a first figure if matplotlib is loaded, which loads its fonts and classes.

    The first figure is slow, and each session and fork that draws would pay for it again. pyplot is
    left alone: it chooses its backend when a notebook first draws.
    """
    matplotlib = sys.modules.get("matplotlib")
    if "matplotlib.pyplot" not in sys.modules or matplotlib is None:
        return
    figure = sys.modules["matplotlib.figure"].Figure()
    axes = figure.subplots()
    axes.hist([1.0, 2.0, 4.0], density=True, label="x")
    axes.plot([1.0, 2.0], [3.0, 4.0], label=r"$\mu$")
    axes.set(title="x", xlabel="x", ylabel="x")
    axes.legend()
    read_figure(figure)
    _load_inline(matplotlib)


def _load_inline(matplotlib: Any) -> None:
    """Load what the inline backend uses; loading the backend itself would set up pyplot at once."""
    chosen = matplotlib.rcParams._get("backend")  # noqa: SLF001 (the public getter would choose one)
    matplotlib.rcParams["backend"] = "agg"
    try:
        importlib.import_module("matplotlib_inline.backend_inline")
    finally:
        matplotlib.rcParams["backend"] = chosen
        for name in [name for name in sys.modules if name.startswith("matplotlib_inline")]:
            del sys.modules[name]


def _figures_left_open() -> list[Any]:
    """Return pyplot's open figures, the most recent first."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    try:
        if pyplot is None or not pyplot.get_fignums():
            return []
        last = pyplot.gcf()
    except Exception:  # a student may have replaced it
        return []
    try:
        numbers = sorted(pyplot.get_fignums(), reverse=True)[:_MAX_FIGURES]
        figures = [pyplot.figure(number) for number in numbers if number != last.number]
        pyplot.figure(last.number)
    except Exception:  # the same
        return [last]
    return [last, *figures]


def figure_drawn_last() -> Any | None:
    """Return the figure that the cells drew last, or None.

    That is pyplot's open figure or, since the inline backend closes what it has displayed, the
    figure displayed last (`displays.keep_displayed`).
    """
    for figure in _figures_left_open():
        return figure
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(getattr(shell, "display_formatter", None), "last_figure", None)


def figure_drawn_by(draw: Callable[[], Any]) -> Value:
    """Return what the figures show that `draw` returns or leaves open; see `read_figure`.

    pyplot's open figures are closed first, since code that draws may add to the current figure.
    The backend is agg meanwhile: with others, `show` may close a figure.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    chosen = os.environ.get("MPLBACKEND", "agg")
    before = (chosen, False) if pyplot is None else (pyplot.get_backend(), pyplot.isinteractive())
    try:
        os.environ["MPLBACKEND"] = "agg"  # `draw` may be what imports matplotlib
        forget_waiting()
        _begin_with("agg", interactive=False)
        value = draw()
        return read_figure(value, *_figures_left_open())
    finally:
        os.environ["MPLBACKEND"] = chosen
        _begin_with(before[0], interactive=before[1])


def _begin_with(backend: str, *, interactive: bool) -> None:
    matplotlib, pyplot = map(sys.modules.get, ("matplotlib", "matplotlib.pyplot"))
    if matplotlib is None:
        return
    if pyplot is None:
        matplotlib.rcParams["backend"] = backend
        return
    pyplot.close("all")
    if pyplot.get_backend().lower() != backend.lower():
        pyplot.switch_backend(backend)
    matplotlib.interactive(interactive)


def read_figure(value: Any, *otherwise: Any) -> Value:
    """Return what one or more figures show, or why they cannot be read.

    Parameters
    ----------
    value : object
        A figure, axes or an artist, an object that has a ``figure``, or a list, tuple, dict or
        array of these.
    *otherwise : Figure
        The figures to read if `value` leads to none.

    Returns
    -------
    Value
        ``{"axes": [...], ...}``, with further figures in the same form as ``"others"``;
        ``{"unread": reason}`` if reading raised or the figure is too large; ``None`` if there is no
        figure.
    """
    try:
        figures = list(_figures_of(value, _MAX_DEPTH)) or otherwise
        found = list({id(figure): figure for figure in figures}.values())[:_MAX_FIGURES]
        return _shown(found) if found else None
    except TimeLimit:
        raise
    except _TooMuchError as error:
        return {"unread": str(error)}
    except BaseException as error:
        return {"unread": f"reading it raised {type_name(type(error))}{_said(error)}"}


def _said(error: BaseException) -> str:
    try:
        message = _clean(error)
    except Exception:
        return ""
    return f": {message}" if message else ""


def _figures_of(value: Any, depth: int) -> Iterator[Any]:
    """Yield the figure that an object belongs to, or the figures of its members."""
    kind = getattr(sys.modules.get("matplotlib.figure"), "FigureBase", None)
    if kind is None or depth == 0:
        return
    figure = getattr(value, "figure", None)
    if isinstance(figure, kind):
        yield getattr(figure, "figure", figure)  # of a part of a figure, the whole
        return
    for member in _members(value):
        yield from _figures_of(member, depth - 1)


def _members(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist() if value.dtype == object else []
    if isinstance(value, (list, tuple)):
        yield from value[:_MAX_MEMBERS]


def _shown(figures: Sequence[Any]) -> Value:
    axes = [one for figure in figures for one in figure.axes]
    _bound(len(axes), _MAX_AXES, "axes")
    lines = [line for one in axes for line in one.lines]
    _bound(len(lines), _MAX_LINES, "lines")
    _bound(sum(len(line.get_xdata(orig=False)) for line in lines), _MAX_POINTS, "points in lines")
    first, *others = map(_figure, figures)
    return {**first, "others": others} if others else first


def _figure(figure: Any) -> dict[str, Value]:
    legends = [legend for legend in figure.legends if legend.get_visible()]
    return {
        "axes": [_axes(one) for one in figure.axes],
        "title": _text_of(figure, "get_suptitle"),
        "xlabel": _text_of(figure, "get_supxlabel"),
        "ylabel": _text_of(figure, "get_supylabel"),
        "legend": [entry for legend in legends for entry in _legend(legend)],
    }


def _axes(axes: Any) -> Value:
    legend = axes.get_legend()
    titles = [_clean(axes.get_title(loc=place)) for place in ("center", "left", "right")]
    return {
        "place": tuple(round(float(edge), 6) for edge in axes.get_position().bounds),
        "lines": [_line(line, axes) for line in axes.lines if line.get_visible()],
        "bars": _groups(axes),
        "title": next(filter(None, titles), ""),
        "xlabel": _shared_text(axes, "get_xlabel", axes.get_shared_x_axes()),
        "ylabel": _shared_text(axes, "get_ylabel", axes.get_shared_y_axes()),
        "xscale": _text_of(axes, "get_xscale"),
        "yscale": _text_of(axes, "get_yscale"),
        "legend": _legend(legend) if legend is not None and legend.get_visible() else [],
    }


def _line(line: Any, axes: Any) -> Value:
    x, y = line.get_xdata(orig=False), line.get_ydata(orig=False)
    if line.get_transform() is axes.get_yaxis_transform(which="grid"):  # as `axhline` draws one
        low, high = axes.get_xlim()
        x = low + np.asarray(x, dtype=float) * (high - low)
    label, look = _clean(line.get_label()), _look(line)
    return {"x": _numbers(x), "y": _numbers(y), "label": label, "look": look}


def _look(line: Any) -> str:
    """Return the look that a legend entry shares with its line; None if it is not a line."""
    if not hasattr(line, "get_marker"):
        return ""
    colour = sys.modules["matplotlib.colors"].to_hex(line.get_color(), keep_alpha=True)
    return _clean(f"{colour} {line.get_linestyle()} {line.get_marker()}")


def _legend(legend: Any) -> list[Value]:
    """Return the texts of a legend, each with the look of the line that it names, if any."""
    texts = list(legend.get_texts())
    _bound(len(texts), _MAX_TEXTS, "entries in a legend")
    handles = list(legend.legend_handles)[: len(texts)]
    handles += [None] * (len(texts) - len(handles))
    return [
        (_clean(text.get_text()), _look(handle))
        for text, handle in zip(texts, handles, strict=True)
    ]


def _groups(axes: Any) -> list[Value]:
    """Return left edges, right edges and heights of the bars of each histogram or bar chart."""
    together = [list(container) for container in axes.containers]
    placed = {id(patch) for group in together for patch in group}
    alone = [patch for patch in axes.patches if id(patch) not in placed]
    outlines = [patch for patch in alone if not hasattr(patch, "get_x")]
    _bound(len(together) + len(outlines), _MAX_GROUPS, "groups of bars")
    groups = [*together, [patch for patch in alone if hasattr(patch, "get_x")]]
    found = [*map(_bars, groups), *map(_steps, outlines)]
    return [bars for bars in found if bars.size]


def _bars(patches: list[Any]) -> Any:
    _bound(len(patches), _MAX_BARS, "bars")
    rows = [
        (patch.get_x(), patch.get_x() + patch.get_width(), patch.get_height())
        for patch in patches
        if hasattr(patch, "get_x")
    ]
    return _numbers(rows)


def _steps(patch: Any) -> Any:
    """Return the steps of an outline drawn by ``histtype="step"`` or ``stairs``."""
    if hasattr(patch, "get_data"):
        heights, edges, _ = patch.get_data()
        _bound(len(heights), _MAX_BARS, "bars")
        return _numbers([*zip(edges[:-1], edges[1:], heights, strict=True)])
    corners = _numbers(patch.get_xy() if hasattr(patch, "get_xy") else [])
    _bound(len(corners), 4 * _MAX_BARS, "corners")
    if corners.ndim != 2:
        return _numbers([])
    (left, top), (right, other) = corners[:-1].T, corners[1:].T
    level = (top == other) & (right > left)  # the way back, along the bottom, goes left
    return np.column_stack([left, right, top])[level]


def _numbers(values: Any) -> Any:
    return np.array(np.ma.filled(np.ma.asarray(values, dtype=float), np.nan), dtype=float)


def _shared_text(axes: Any, getter: str, shared: Any) -> str:
    """Return a label of axes; among axes that share it, often only the outer ones are labelled."""
    owners = [axes, *shared.get_siblings(axes)]
    return next(filter(None, (_text_of(owner, getter) for owner in owners)), "")


def _text_of(owner: Any, getter: str) -> str:
    """Return a text of a figure or axes; older versions of matplotlib lack some."""
    read = getattr(owner, getter, None)
    return "" if read is None else _clean(read())


def _clean(text: Any) -> str:
    kept = str(text)[: 2 * _TEXT_CHARS]
    return without_addresses(kept.encode("utf-8", "backslashreplace").decode())[:_TEXT_CHARS]


def _bound(count: int, limit: int, what: str) -> None:
    if count > limit:
        raise _TooMuchError(f"it has {count} {what}, and no more than {limit} are read")
