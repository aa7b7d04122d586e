"""The lines that a figure must have, and what is wrong with those that it has."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from grader.checks.base import Model
from grader.checks.cases import require_biting
from grader.checks.figure import Flaw, Line, Panel, folded
from grader.checks.formula import Formula, is_formula
from grader.compare import Tolerance
from grader.text import safe_text

__all__ = ["Lines", "Wanted", "line_flaws", "lines_wanted"]

_SAME_POINT = 1e-9

Curves: TypeAlias = Callable[[np.ndarray], Sequence[np.ndarray]]
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
        Of y; its rtol is relative to the highest point of the line.
    """

    at: Curves
    first: tuple[np.ndarray, ...]
    names: tuple[str, ...] | None = None
    named: bool = False
    points: int = 2
    covers: tuple[float, float] | None = None
    tolerance: Tolerance

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.first)


def lines_wanted(
    lines: Lines, names: Mapping[str, Any], panels: Sequence[Panel], tolerance: Tolerance
) -> Wanted:
    """Return the lines that are asked for.

    Parameters
    ----------
    lines : Lines
        As the author asks for them.
    names : Mapping of str to object
        What formulas may use: the reference's names and the arguments of the call.
    panels : sequence of Panel
        The reference's figure.
    tolerance : Tolerance
        Of y.

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
    at = _own_lines(drawn) if lines.y is None else _formula(lines.y, names)
    first = tuple(at(drawn[0].x))
    for curve in first:
        highest = float(np.max(np.abs(curve[np.isfinite(curve)]), initial=0.0))
        require_biting(highest, tolerance, "the highest point of a line")
    covers = None if lines.covers is None else Formula.read(lines.covers).value(names)
    return Wanted(
        at=at,
        first=first,
        names=tuple(line.name for line in drawn) if lines.names == "same" else None,
        named=lines.names == "own",
        points=lines.points,
        covers=None if covers is None else (float(covers[0]), float(covers[1])),
        tolerance=tolerance,
    )


def _own_lines(drawn: Sequence[Line]) -> Curves:
    def at(x: np.ndarray) -> list[np.ndarray]:
        return [line.y if _same(line.x, x) else np.full(len(x), np.nan) for line in drawn]

    return at


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=_SAME_POINT, atol=0.0)


def _formula(text: str, names: Mapping[str, Any]) -> Curves:
    formula = Formula.read(text)

    def at(x: np.ndarray) -> list[np.ndarray]:
        return _curves(formula.value({**names, "x": x}), len(x))

    return at


def _curves(value: Any, length: int) -> list[np.ndarray]:
    """Return the y of each line, whether a formula gives one line or several."""
    several = isinstance(value, (list, tuple)) or np.ndim(value) == 2
    curves = [np.asarray(each, dtype=float) for each in (value if several else [value])]
    return [np.broadcast_to(curve, length) for curve in curves]


def line_flaws(lines: Sequence[Line], wanted: Wanted) -> Iterator[Flaw]:
    """Find what is wrong with the lines of a figure; lines that nobody asked for are welcome."""
    if not lines:
        yield Flaw("lines", "it has no line", "it has no line")
        return
    errors = [_errors(line, wanted) for line in lines]
    found = _matched(errors, lines, wanted)
    for index in range(wanted.count):
        if index not in found:
            yield _missing(index, lines, errors, found, wanted)
            return
    for index in range(wanted.count):
        yield from _flaws_of_line(lines[found[index]], index, wanted)
    names = [lines[place].name for place in found.values() if lines[place].name]
    if wanted.named and len(set(names)) < len(names):
        text = "its legend calls two lines the same"
        yield Flaw("names", text, text)


@dataclass(frozen=True, slots=True)
class _Error:
    """Where a line is farthest from one that is wanted; `worst` is relative to what is allowed."""

    worst: float
    x: float = math.nan
    actual: float = math.nan
    expected: float = math.nan


def _errors(line: Line, wanted: Wanted) -> list[_Error]:
    """Return how far a line is from each of those that are wanted."""
    curves = _curves_at(line.x, wanted) if len(line.x) else ()
    if len(curves) != wanted.count:
        return [_Error(math.inf)] * wanted.count
    return [_error(line, curve, wanted.tolerance) for curve in curves]


def _curves_at(x: np.ndarray, wanted: Wanted) -> Sequence[np.ndarray]:
    try:
        return wanted.at(x)
    except Exception:  # the formula was shown to work, so that x is outside of what it takes
        return ()


def _error(line: Line, expected: np.ndarray, tolerance: Tolerance) -> _Error:
    with np.errstate(all="ignore"):
        highest = np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0)
        allowed = tolerance.atol + tolerance.rtol * highest
        off = np.where(line.y == expected, 0.0, np.abs(line.y - expected)) / allowed
    off = np.where(np.isnan(off), np.inf, off)
    place = int(np.argmax(off))
    return _Error(*(float(value[place]) for value in (off, line.x, line.y, expected)))


def _matched(
    errors: Sequence[Sequence[_Error]], lines: Sequence[Line], wanted: Wanted
) -> dict[int, int]:
    """Return, for each wanted line that is there, the place of a line that is it."""
    found: dict[int, int] = {}
    for index in range(wanted.count):
        fits = [
            place
            for place, each in enumerate(errors)
            if each[index].worst <= 1 and place not in found.values()
        ]
        if fits:
            found[index] = min(
                fits, key=lambda place: len([*_flaws_of_line(lines[place], index, wanted)])
            )
    return found


def _missing(
    index: int,
    lines: Sequence[Line],
    errors: Sequence[Sequence[_Error]],
    found: Mapping[int, int],
    wanted: Wanted,
) -> Flaw:
    free = [place for place in range(len(lines)) if place not in found.values()]
    which = f"line {index + 1} of {wanted.count}" if wanted.count > 1 else "the line"
    if not free:
        text = f"it has fewer lines than {wanted.count}"
        return Flaw("lines", f"{text}: it has {len(lines)}", text)
    nearest = min(free, key=lambda place: errors[place][index].worst)
    error, name = errors[nearest][index], lines[nearest].name
    brief = "a line that is asked for is not there"
    if math.isnan(error.x):
        return Flaw("lines", f"{which} is not there", brief)
    called = f"the nearest, `{safe_text(name, 40)}`," if name else "the nearest"
    return Flaw(
        "lines",
        f"{which} is not there: {called} has y = {error.actual:.6g} at x = {error.x:.6g}, expected "
        f"{error.expected:.6g}",
        brief,
    )


def _flaws_of_line(line: Line, index: int, wanted: Wanted) -> Iterator[Flaw]:
    which = f"line {index + 1}" if wanted.count > 1 else "its line"
    found, between = _points_between(line.x, wanted.covers)
    if found < wanted.points:
        text = f"a line has fewer points than {wanted.points}"
        yield Flaw("points", f"{which} has only {found} points{between}", text)
    if wanted.covers is not None and not _covers(line.x, *wanted.covers):
        low, high = wanted.covers
        span = f"x = {np.min(line.x):.6g} to {np.max(line.x):.6g}"
        more = (
            f"{which} goes from {span}, and must go from {low:.6g} or before to {high:.6g} or after"
        )
        yield Flaw("range", more, "a line does not reach far enough")
    if wanted.named and not line.name:
        yield Flaw(
            "names", f"its legend does not name {which}", "its legend does not name every line"
        )
    if wanted.names is not None and folded(line.name) != folded(wanted.names[index]):
        more = f"its legend calls {which} `{safe_text(line.name, 40)}`"
        brief = "its legend gives a line another name"
        yield Flaw("names", f"{more}, expected `{wanted.names[index]}`", brief)


def _points_between(x: np.ndarray, covers: tuple[float, float] | None) -> tuple[int, str]:
    """Return how many different points there are where they count, and where that is."""
    if covers is None:
        return len(np.unique(x)), ""
    low, high = covers
    slack = _SAME_POINT * max(abs(low), abs(high))
    inside = x[(x >= low - slack) & (x <= high + slack)]
    return len(np.unique(inside)), f" between x = {low:.6g} and {high:.6g}"


def _covers(x: np.ndarray, low: float, high: float) -> bool:
    slack = _SAME_POINT * max(abs(low), abs(high))
    return bool(np.min(x) <= low + slack and np.max(x) >= high - slack)
