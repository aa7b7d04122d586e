"""The errors of a figure's lines, compared with those that it must have."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.checks.kinds.plot.figure import PlottedLine, failure_about, folded
from grader.checks.kinds.plot.lines import (
    SAME_POINT,
    Wanted,
    curves_or_none,
    is_within,
    points_within,
)
from grader.checks.verdict_text import Failure
from grader.text import safe_text

_TINY = float(np.finfo(float).tiny)  # below it a float has fewer digits


def line_failures(lines: Sequence[PlottedLine], wanted: Wanted) -> Iterator[Failure]:
    """Yield the errors of a figure's lines; further lines are allowed."""
    if not lines:
        yield replace(failure_about("lines", "it has no line"), weight=wanted.count)
        return
    errors = [_errors(line, wanted) for line in lines]
    found = _matched(errors, lines, wanted)
    for index in range(wanted.count):
        if index not in found:
            failure = _missing(index, lines, errors, found, wanted)
            yield replace(failure, weight=wanted.count - len(found))
            return
    for index in range(wanted.count):
        yield from _failures_of_line(found[index].line, index, wanted)
    names = [each.line.name for each in found.values() if each.line.name]
    if wanted.named and len(set(names)) < len(names):
        yield failure_about("names", "its legend gives two lines the same name")


@dataclass(frozen=True, slots=True)
class _MatchedLine:
    """A required line as drawn, and the places of the lines that it consists of."""

    line: PlottedLine
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Error:
    """The largest error of a line against a required one; `worst` is relative to the allowed."""

    worst: float
    x: float = math.nan
    actual: float = math.nan
    expected: float = math.nan


def _errors(line: PlottedLine, wanted: Wanted) -> list[_Error]:
    """Return the errors of a line against each required one."""
    curves = curves_or_none(wanted.at, line.x) if len(line.x) else ()
    if len(curves) != wanted.count:
        return [_Error(math.inf)] * wanted.count
    return [_error(line, curve, index, wanted) for index, curve in enumerate(curves)]


def _error(line: PlottedLine, expected: np.ndarray, index: int, wanted: Wanted) -> _Error:
    tolerance, size = wanted.tolerance, np.abs(expected)
    with np.errstate(all="ignore"):
        # The highest point may be one that the student added far away; it must not excuse others.
        if not wanted.by_point:
            highest = np.max(size, initial=0.0, where=np.isfinite(size))
            size = np.maximum(size, min(highest, wanted.heights[index]))
        allowed = tolerance.atol + tolerance.rtol * size
        allowed = np.maximum(allowed, max(wanted.slacks[index], _TINY))
        off = np.where(line.y == expected, 0.0, np.abs(line.y - expected)) / allowed
    off = np.where(np.isnan(off), np.inf, off)
    place = int(np.argmax(off))
    return _Error(*(float(value[place]) for value in (off, line.x, line.y, expected)))


def _matched(
    errors: Sequence[Sequence[_Error]], lines: Sequence[PlottedLine], wanted: Wanted
) -> dict[int, _MatchedLine]:
    """Return, for each required line that was drawn, the line that is it."""
    found: dict[int, _MatchedLine] = {}
    for index in range(wanted.count):
        taken = {place for each in found.values() for place in each.places}
        fits = tuple(
            place
            for place, each in enumerate(errors)
            if each[index].worst <= 1 and place not in taken
        )
        choices = [_MatchedLine(lines[place], (place,)) for place in fits]
        if len(fits) > 1:
            choices.append(_MatchedLine(_joined([lines[place] for place in fits]), fits))
        if choices:
            found[index] = min(
                choices, key=lambda each: len([*_failures_of_line(each.line, index, wanted)])
            )
    return found


def _joined(pieces: Sequence[PlottedLine]) -> PlottedLine:
    """Return the line that was drawn in pieces."""
    x = np.concatenate([piece.x for piece in pieces])
    y = np.concatenate([piece.y for piece in pieces])
    order = np.argsort(x, kind="stable")
    return PlottedLine(x[order], y[order], next(filter(None, (piece.name for piece in pieces)), ""))


def _missing(
    index: int,
    lines: Sequence[PlottedLine],
    errors: Sequence[Sequence[_Error]],
    found: Mapping[int, _MatchedLine],
    wanted: Wanted,
) -> Failure:
    taken = {place for each in found.values() for place in each.places}
    free = [place for place in range(len(lines)) if place not in taken]
    which = f"line {index + 1} of {wanted.count}" if wanted.count > 1 else "the line"
    if not free:
        text = f"it has fewer lines than {wanted.count}"
        return failure_about("lines", f"{text}: it has {len(lines)}", text)
    nearest = min(free, key=lambda place: errors[place][index].worst)
    error, name = errors[nearest][index], lines[nearest].name
    brief = "a required line is missing"
    if math.isnan(error.x):
        return failure_about("lines", f"{which} is missing", brief)
    called = f"the nearest, `{safe_text(name, 40)}`," if name else "the nearest"
    is_zero = abs(error.expected) <= wanted.slacks[index]
    expected = "0 up to rounding" if is_zero and error.expected else f"{error.expected:.6g}"
    return failure_about(
        "lines",
        f"{which} is missing: {called} has y = {error.actual:.6g} at x = {error.x:.6g}, expected "
        f"{expected}",
        brief,
    )


def _failures_of_line(line: PlottedLine, index: int, wanted: Wanted) -> Iterator[Failure]:
    which = f"line {index + 1}" if wanted.count > 1 else "its line"
    found, between = _points_between(line.x, wanted.covers)
    if found < wanted.points:
        brief = f"a line has fewer points than {wanted.points}"
        yield failure_about("points", f"{which} has only {found} points{between}", brief)
    elif wanted.covers is not None and _crowd(line.x, wanted.covers, wanted.points):
        brief = "the points of a line crowd in a small part of its range"
        message = f"the points of {which} crowd in a small part{between}"
        yield failure_about("points", message, brief)
    if wanted.covers is not None and not _covers(line.x, *wanted.covers):
        low, high = wanted.covers
        span = f"x = {np.min(line.x):.6g} to {np.max(line.x):.6g}"
        message = f"{which} goes from {span}, but must cover {low:.6g} to {high:.6g}"
        yield failure_about("range", message, "a line does not reach far enough")
    if wanted.named and not line.name:
        brief = "its legend does not name every line"
        yield failure_about("names", f"its legend does not name {which}", brief)
    if wanted.names is not None and folded(line.name) != folded(wanted.names[index]):
        message = f"its legend calls {which} `{safe_text(line.name, 40)}`"
        brief = "its legend gives a line another name"
        yield failure_about("names", f"{message}, expected `{wanted.names[index]}`", brief)


def _points_between(x: np.ndarray, covers: tuple[float, float] | None) -> tuple[int, str]:
    """Return the number of different points in the range, and the range as text."""
    if covers is None:
        return len(np.unique(x)), ""
    low, high = covers
    return len(np.unique(x[is_within(x, low, high)])), f" between x = {low:.6g} and {high:.6g}"


def _crowd(x: np.ndarray, covers: tuple[float, float], wanted: int) -> bool:
    """Return whether two thirds of a range, cut into `wanted` parts, have no points.

    The parts are of equal size, linearly or logarithmically, whichever gives more parts with
    points.
    """
    low, high = sorted(covers)
    inside = x[points_within(x, covers)]
    scales = [(inside, low, high)]
    if low > 0 and np.all(inside > 0):
        scales.append((np.log(inside), math.log(low), math.log(high)))
    with np.errstate(all="ignore"):
        parts = [(each - start) / (end - start) * wanted for each, start, end in scales]
    return max(len(np.unique(np.floor(np.nan_to_num(each)))) for each in parts) < wanted / 3


def _covers(x: np.ndarray, low: float, high: float) -> bool:
    slack = SAME_POINT * max(abs(low), abs(high))
    return bool(np.min(x) <= low + slack and np.max(x) >= high - slack)
