"""The lines that a figure must have, and what is wrong with those that it has."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from grader.checks.base import CheckContext
from grader.checks.cases import require_biting
from grader.checks.expressions.formula import Formula, is_formula
from grader.checks.kinds.plot.figure import Panel, PlottedLine, failure_about, folded
from grader.checks.noise import Noise
from grader.checks.verdict_text import Failure
from grader.checks.yaml_model import Model
from grader.compare import Tolerance
from grader.guest.protocol.values import Value
from grader.text import safe_text

_SAME_POINT = 1e-9
_TINY = float(np.finfo(float).tiny)  # below it a float has fewer digits

FormulaText = Annotated[str, AfterValidator(is_formula)]


class Lines(Model):
    """Lines that a figure must have; others may be there as well."""

    y: FormulaText | None = Field(
        default=None,
        description="The y of a line at its own `x`, or a list of such, one a line; the lines of "
        "the reference's figure where absent.",
    )
    names: Literal["any", "own", "same"] = Field(
        default="any",
        description="`own`: the legend names each line, no two alike. `same`: by the names that "
        "the reference's legend has.",
    )
    points: int = Field(
        default=2, ge=1, description="The fewest points in a line, between the ends of `covers`."
    )
    covers: FormulaText | None = Field(
        default=None, description="Two numbers that x must reach from and to."
    )

    @model_validator(mode="after")
    def _has_names(self) -> Lines:
        if self.y is not None and self.names == "same":
            raise ValueError("`names: same` needs the reference's lines: leave `y` out")
        return self


@dataclass(frozen=True, slots=True)
class DrawnLines:
    """The y of lines that were drawn; nan at any other x than theirs."""

    lines: tuple[PlottedLine, ...]

    def __call__(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the y of each at these x."""
        return [line.y if _same(line.x, x) else np.full(len(x), np.nan) for line in self.lines]


@dataclass(frozen=True, slots=True)
class FormulaLines:
    """The y of lines by a formula.

    Attributes
    ----------
    text : str
        The formula.
    context : CheckContext
        Where the reference is, whose names it may use.
    args : Mapping of str to Value
        The arguments of the call, which it may use too.
    """

    text: str
    context: CheckContext
    args: Mapping[str, Value]

    def __call__(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the y of each at these x."""
        names = {**names_of_reference(self.context.reference), **self.args, "x": x}
        return _curves(Formula.read(self.text).value(names), len(x))


def names_of_reference(reference: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names that a formula may use: the reference's, and `reference` itself."""
    return {**reference, "reference": SimpleNamespace(**reference)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The lines that a figure must have.

    Attributes
    ----------
    at : callable
        ``at(x)`` returns the y of each of them at these x; nan where it has no such x.
    first : tuple of ndarray
        The same at the x of the reference's first line.
    names : tuple of str or None
        What the legend must call them; None where anything will do.
    named : bool
        Whether the legend must name each of them, by a name of its own.
    points : int
        The fewest different points in a line, between the ends of `covers`.
    covers : tuple of float or None
        What x must reach from and to.
    tolerance : Tolerance
        Of y; its rtol is relative to `heights`, or to the y of each point where that is more.
    heights : tuple of float
        The highest point of each, at the x of the reference's figure, within `covers`.
    slacks : tuple of float
        What the y of each may be off by rounding alone.
    by_point : bool
        Whether rtol is relative to the y of each point alone, as a logarithmic axis shows it.
    """

    at: DrawnLines | FormulaLines
    first: tuple[np.ndarray, ...]
    names: tuple[str, ...] | None = None
    named: bool = False
    points: int = 2
    covers: tuple[float, float] | None = None
    tolerance: Tolerance
    heights: tuple[float, ...]
    slacks: tuple[float, ...]
    by_point: bool = False

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.first)


def lines_wanted(
    lines: Lines,
    context: CheckContext,
    args: Mapping[str, Value],
    panels: Sequence[Panel],
    tolerance: Tolerance,
    *,
    by_point: bool = False,
) -> Wanted:
    """Return the lines that are asked for.

    Parameters
    ----------
    lines : Lines
        As the author asks for them.
    context : CheckContext
        Where the reference is, whose names formulas may use.
    args : Mapping of str to Value
        The arguments of the call, which they may use too.
    panels : sequence of Panel
        The reference's figure.
    tolerance : Tolerance
        Of y.
    by_point : bool
        See `Wanted`.

    Raises
    ------
    CheckError
        The tolerance would accept a line at 0.
    Exception
        Whatever a formula raises.
    """
    drawn = [line for panel in panels for line in panel.lines]
    if not drawn:
        raise ValueError("the reference draws no line")
    known = {**names_of_reference(context.reference), **args}
    ends = None if lines.covers is None else Formula.read(lines.covers).value(known)
    covers = None if ends is None else (float(ends[0]), float(ends[1]))
    at: DrawnLines | FormulaLines = DrawnLines(tuple(drawn))
    if lines.y is None:
        shown = [line.y[_within(line.x, covers)] for line in drawn]
        slacks = [0.0] * len(drawn)
    else:
        at = FormulaLines(lines.y, context, args)
        x = _places(drawn, covers)
        if len(_curves_or_none(at, x)) != len(at(drawn[0].x)):
            x = drawn[0].x  # the formula gives as many values as the line has points
        shown, slacks = _shown_by_formula(at, x, Noise(context, tolerance))
    heights = [float(np.max(np.abs(y[np.isfinite(y)]), initial=0.0)) for y in shown]
    for height, slack in zip(heights, slacks, strict=True):
        require_biting(height, tolerance, "the highest point of a line", slack)
    return Wanted(
        at=at,
        first=tuple(at(drawn[0].x)),
        names=tuple(line.name for line in drawn) if lines.names == "same" else None,
        named=lines.names == "own",
        points=lines.points,
        covers=covers,
        tolerance=tolerance,
        heights=tuple(heights),
        slacks=tuple(slacks),
        by_point=by_point,
    )


def _places(drawn: Sequence[PlottedLine], covers: tuple[float, float] | None) -> np.ndarray:
    """Return the x of the reference's figure, within the range where there are any."""
    x = np.unique(np.concatenate([line.x for line in drawn]))
    return np.asarray(x[_within(x, covers)])


def _within(x: np.ndarray, covers: tuple[float, float] | None) -> np.ndarray:
    """Return which x are between the ends; all of them where none is."""
    whole = np.ones(len(x), bool)
    if covers is None:
        return whole
    slack = _SAME_POINT * max(map(abs, covers))
    inside = (x >= min(covers) - slack) & (x <= max(covers) + slack)
    return np.asarray(inside if inside.any() else whole)


def _shown_by_formula(
    at: FormulaLines, x: np.ndarray, noise: Noise
) -> tuple[list[np.ndarray], list[float]]:
    """Return the y of each line at these x, and what they may be off by rounding alone."""

    def y(others: Mapping[str, Any], x: np.ndarray, args: Mapping[str, Value]) -> Value:
        context = replace(at.context, reference={**at.context.reference, **others})
        return [np.array(curve) for curve in FormulaLines(at.text, context, args)(x)]

    shown = y({}, x, at.args)
    slack = noise.of(shown, [x, dict(at.args)], y)
    if slack is None:
        return shown, [0.0] * len(shown)
    return shown, [float(np.max(each, initial=0.0)) for each in slack]


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=_SAME_POINT, atol=0.0)


def _curves(value: Any, length: int) -> list[np.ndarray]:
    """Return the y of each line, whether a formula gives one line or several."""
    several = isinstance(value, (list, tuple)) or np.ndim(value) == 2
    curves = [np.asarray(each, dtype=float) for each in (value if several else [value])]
    return [np.broadcast_to(curve, length) for curve in curves]


def line_failures(lines: Sequence[PlottedLine], wanted: Wanted) -> Iterator[Failure]:
    """Find what is wrong with the lines of a figure; lines that nobody asked for are welcome."""
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
        text = "its legend calls two lines the same"
        yield failure_about("names", text)


@dataclass(frozen=True, slots=True)
class _MatchedLine:
    """A line that is wanted, and the places of the lines that it is drawn by."""

    line: PlottedLine
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Error:
    """Where a line is farthest from one that is wanted; `worst` is relative to what is allowed."""

    worst: float
    x: float = math.nan
    actual: float = math.nan
    expected: float = math.nan


def _errors(line: PlottedLine, wanted: Wanted) -> list[_Error]:
    """Return how far a line is from each of those that are wanted."""
    curves = _curves_or_none(wanted.at, line.x) if len(line.x) else ()
    if len(curves) != wanted.count:
        return [_Error(math.inf)] * wanted.count
    return [_error(line, curve, index, wanted) for index, curve in enumerate(curves)]


def _curves_or_none(at: DrawnLines | FormulaLines, x: np.ndarray) -> Sequence[np.ndarray]:
    try:
        return at(x)
    except Exception:  # x may be outside of what the formula takes
        return ()


def _error(line: PlottedLine, expected: np.ndarray, index: int, wanted: Wanted) -> _Error:
    tolerance, size = wanted.tolerance, np.abs(expected)
    with np.errstate(all="ignore"):
        # The highest point may be one that the student added far away: it excuses no other.
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
    """Return, for each wanted line that is there, a line that is it."""
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
    """Return the line that is drawn in pieces."""
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
    brief = "a line that is asked for is not there"
    if math.isnan(error.x):
        return failure_about("lines", f"{which} is not there", brief)
    called = f"the nearest, `{safe_text(name, 40)}`," if name else "the nearest"
    is_zero = abs(error.expected) <= wanted.slacks[index]
    expected = "0 up to rounding" if is_zero and error.expected else f"{error.expected:.6g}"
    return failure_about(
        "lines",
        f"{which} is not there: {called} has y = {error.actual:.6g} at x = {error.x:.6g}, expected "
        f"{expected}",
        brief,
    )


def _failures_of_line(line: PlottedLine, index: int, wanted: Wanted) -> Iterator[Failure]:
    which = f"line {index + 1}" if wanted.count > 1 else "its line"
    found, between = _points_between(line.x, wanted.covers)
    if found < wanted.points:
        text = f"a line has fewer points than {wanted.points}"
        yield failure_about("points", f"{which} has only {found} points{between}", text)
    elif wanted.covers is not None and _crowd(line.x, wanted.covers, wanted.points):
        text = "the points of a line crowd in a small part of its range"
        yield failure_about("points", f"the points of {which} crowd in a small part{between}", text)
    if wanted.covers is not None and not _covers(line.x, *wanted.covers):
        low, high = wanted.covers
        span = f"x = {np.min(line.x):.6g} to {np.max(line.x):.6g}"
        more = (
            f"{which} goes from {span}, and must go from {low:.6g} or before to {high:.6g} or after"
        )
        yield failure_about("range", more, "a line does not reach far enough")
    if wanted.named and not line.name:
        yield failure_about(
            "names", f"its legend does not name {which}", "its legend does not name every line"
        )
    if wanted.names is not None and folded(line.name) != folded(wanted.names[index]):
        more = f"its legend calls {which} `{safe_text(line.name, 40)}`"
        brief = "its legend gives a line another name"
        yield failure_about("names", f"{more}, expected `{wanted.names[index]}`", brief)


def _points_between(x: np.ndarray, covers: tuple[float, float] | None) -> tuple[int, str]:
    """Return how many different points there are where they count, and where that is."""
    if covers is None:
        return len(np.unique(x)), ""
    low, high = covers
    slack = _SAME_POINT * max(abs(low), abs(high))
    inside = x[(x >= low - slack) & (x <= high + slack)]
    return len(np.unique(inside)), f" between x = {low:.6g} and {high:.6g}"


def _crowd(x: np.ndarray, covers: tuple[float, float], wanted: int) -> bool:
    """Tell whether two thirds of a range have no points, where it has as many parts as are wanted.

    The parts are equal ones or, where more then have points, those of a logarithm.
    """
    low, high = sorted(covers)
    inside = x[_within(x, covers)]
    scales = [(inside, low, high)]
    if low > 0 and np.all(inside > 0):
        scales.append((np.log(inside), math.log(low), math.log(high)))
    with np.errstate(all="ignore"):
        parts = [(each - start) / (end - start) * wanted for each, start, end in scales]
    return max(len(np.unique(np.floor(np.nan_to_num(each)))) for each in parts) < wanted / 3


def _covers(x: np.ndarray, low: float, high: float) -> bool:
    slack = _SAME_POINT * max(abs(low), abs(high))
    return bool(np.min(x) <= low + slack and np.max(x) >= high - slack)
