"""The lines that a figure must have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from grader.checks.base import CheckContext
from grader.checks.cases import require_biting
from grader.checks.expressions.formula import Formula, is_formula
from grader.checks.kinds.plot.figure import Panel, PlottedLine
from grader.checks.noise import Noise
from grader.checks.yaml_model import Model
from grader.compare import Tolerance
from grader.guest.protocol.values import Value

SAME_POINT = 1e-9

FormulaText = Annotated[str, AfterValidator(is_formula)]


class Lines(Model):
    """Lines that a figure must have; it may have others."""

    y: FormulaText | None = Field(
        default=None,
        description="The y of a line at its own `x`, or a list with the y of each line; by default "
        "the lines of the reference's figure.",
    )
    names: Literal["any", "own", "same"] = Field(
        default="any",
        description="`own`: the legend names each line, no two alike. `same`: by the names in "
        "the reference's legend.",
    )
    points: int = Field(
        default=2, ge=1, description="Minimum number of points of a line, within `covers`."
    )
    covers: FormulaText | None = Field(
        default=None, description="Two numbers, the range of x that a line must cover."
    )

    @model_validator(mode="after")
    def _has_names(self) -> Lines:
        if self.y is not None and self.names == "same":
            raise ValueError("`names: same` needs the reference's lines: leave `y` out")
        return self


@dataclass(frozen=True, slots=True)
class DrawnLines:
    """The y of drawn lines; nan at x other than theirs."""

    lines: tuple[PlottedLine, ...]

    def __call__(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the y of each line at these x."""
        return [line.y if _same(line.x, x) else np.full(len(x), np.nan) for line in self.lines]


@dataclass(frozen=True, slots=True)
class FormulaLines:
    """The y of lines by a formula, which may use the reference's names and the call's arguments."""

    text: str
    context: CheckContext
    args: Mapping[str, Value]

    def __call__(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the y of each line at these x."""
        names = {**names_of_reference(self.context.reference), **self.args, "x": x}
        return _curves(Formula.read(self.text).value(names), len(x))


def names_of_reference(reference: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names for formulas: the reference's, and `reference` itself."""
    return {**reference, "reference": SimpleNamespace(**reference)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The lines that a figure must have.

    Attributes
    ----------
    at : callable
        ``at(x)`` returns the y of each line at these x, with nan for x that it lacks.
    first : tuple of ndarray
        The y of each line at the x of the reference's first line.
    names : tuple of str or None
        The names that the legend must have; None if any will do.
    named : bool
        Whether the legend must give each line a name of its own.
    points : int
        Minimum number of different points of a line, within `covers`.
    covers : tuple of float or None
        The range of x that a line must cover.
    tolerance : Tolerance
        Accepted error of y; rtol is relative to `heights`, or to a point's y if that is larger.
    heights : tuple of float
        The largest absolute y of each line, at the reference's x within `covers`.
    slacks : tuple of float
        The error of y that rounding alone may cause, for each line.
    by_point : bool
        Whether rtol is relative to the y of each point alone, as on a logarithmic axis.
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
        """The number of lines."""
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
    """Return the lines that a figure must have, given the reference's panels.

    Raises
    ------
    CheckError
        The tolerance would accept a line at 0.
    Exception
        Any exception from a formula.
    """
    drawn = [line for panel in panels for line in panel.lines]
    if not drawn:
        raise ValueError("the reference draws no line")
    known = {**names_of_reference(context.reference), **args}
    ends = None if lines.covers is None else Formula.read(lines.covers).value(known)
    covers = None if ends is None else (float(ends[0]), float(ends[1]))
    at: DrawnLines | FormulaLines
    if lines.y is None:
        at = DrawnLines(tuple(drawn))
        shown = [line.y[points_within(line.x, covers)] for line in drawn]
        slacks = [0.0] * len(drawn)
    else:
        at = FormulaLines(lines.y, context, args)
        shown, slacks = _shown_by_formula(at, drawn, covers, Noise(context, tolerance))
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


def points_within(x: np.ndarray, covers: tuple[float, float] | None) -> np.ndarray:
    """Return which x are within the range; all of them if none is."""
    whole = np.ones(len(x), bool)
    if covers is None:
        return whole
    inside = is_within(x, min(covers), max(covers))
    return inside if inside.any() else whole


def is_within(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return which x are from `low` to `high`, up to rounding."""
    slack = SAME_POINT * max(abs(low), abs(high))
    return np.asarray((x >= low - slack) & (x <= high + slack))


def _shown_by_formula(
    at: FormulaLines,
    drawn: Sequence[PlottedLine],
    covers: tuple[float, float] | None,
    noise: Noise,
) -> tuple[list[np.ndarray], list[float]]:
    """Return the y of each line at the reference's x, and the error that rounding may cause."""
    x = np.unique(np.concatenate([line.x for line in drawn]))
    x = x[points_within(x, covers)]
    if len(curves_or_none(at, x)) != len(at(drawn[0].x)):
        x = drawn[0].x  # the formula gives one value per point of this line

    def y(others: Mapping[str, Any], x: np.ndarray, args: Mapping[str, Value]) -> Value:
        context = replace(at.context, reference={**at.context.reference, **others})
        return [np.array(curve) for curve in FormulaLines(at.text, context, args)(x)]

    shown = y({}, x, at.args)
    slack = noise.of(shown, [x, dict(at.args)], y)
    if slack is None:
        return shown, [0.0] * len(shown)
    return shown, [float(np.max(each, initial=0.0)) for each in slack]


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=SAME_POINT, atol=0.0)


def _curves(value: Any, length: int) -> list[np.ndarray]:
    """Return the y of each line from a formula's value, which is one line or several."""
    several = isinstance(value, (list, tuple)) or np.ndim(value) == 2
    curves = [np.asarray(each, dtype=float) for each in (value if several else [value])]
    return [np.broadcast_to(curve, length) for curve in curves]


def curves_or_none(at: DrawnLines | FormulaLines, x: np.ndarray) -> Sequence[np.ndarray]:
    """Return the y of each line at these x; empty if the formula fails there."""
    try:
        return at(x)
    except Exception:  # x may be outside the formula's domain
        return ()
