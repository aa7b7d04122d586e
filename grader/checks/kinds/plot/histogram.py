"""The histogram that a figure must have, and the errors of the one that it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field

from grader.checks.expressions.formula import Formula, is_formula
from grader.checks.kinds.plot.figure import failure_about
from grader.checks.verdict_text import Failure
from grader.checks.yaml_model import Model
from grader.compare.shapes import as_array

_SAME_EDGE = 1e-6  # of the width of the histogram
_SAME_POINT = 1e-9  # of the largest value
_KEPT_SHARE = 0.9


class Histogram(Model):
    """A histogram that a figure must have, with any bins."""

    of: Annotated[str, AfterValidator(is_formula)] = Field(description="The values to count.")
    density: bool = Field(default=True, description="Heights are densities, not counts.")
    bins: int = Field(default=2, ge=1, description="Minimum number of bins.")

    def values_among(self, names: Mapping[str, Any]) -> np.ndarray:
        """Return the values to count; the formula may use `names`."""
        return numbers_of(Formula.read(self.of).value(names))


def numbers_of(value: Any) -> np.ndarray:
    """Return the values of a histogram as an array; ValueError if they are not numbers."""
    array = as_array(value) if isinstance(value, (list, tuple, np.ndarray)) else None
    if array is None or array.ndim != 1 or array.dtype.kind not in "iuf":
        raise ValueError("a histogram needs a list or an array of numbers")
    return array.astype(float)


def histogram_failure(
    groups: Sequence[np.ndarray], values: np.ndarray, histogram: Histogram, rtol: float
) -> Iterator[Failure]:
    """Yield an error if none of a figure's groups of bars is the histogram of `values`.

    Parameters
    ----------
    groups : sequence of ndarray, shape (k, 3)
        Left edge, right edge and height of the bars of each group, sorted by their left edges.
    values : ndarray, shape (n,)
        The values to count.
    histogram : Histogram
        The required histogram.
    rtol : float
        Accepted relative error of the heights.
    """
    widest_first = sorted(groups, key=len, reverse=True)
    with np.errstate(all="ignore"):  # a figure may have any numbers
        failures = [_failure_of_bars(bars, values, histogram, rtol) for bars in widest_first]
    if None not in failures:
        yield next(filter(None, failures), _failure("it has no histogram"))


def _failure(brief: str, more: str = "") -> Failure:
    return failure_about("histogram", brief + more, brief)


def _failure_of_bars(
    bars: np.ndarray, values: np.ndarray, histogram: Histogram, rtol: float
) -> Failure | None:
    if len(bars) < histogram.bins:
        brief = f"its histogram has fewer bars than {histogram.bins}"
        return _failure(brief, f": it has {len(bars)}")
    edges = _edges(bars, values)
    if edges is None:
        return _failure("the bars of its histogram do not stand side by side")
    counts = _counted(edges, values)
    if counts.inside < _KEPT_SHARE * len(values):
        more = f": {len(values) - counts.inside} of {len(values)} are outside its bars"
        return _failure("its histogram leaves out too many values", more)
    judge = _failure_of_densities if histogram.density else _failure_of_counts
    return judge(bars[:, 2], edges, counts, rtol)


@dataclass(frozen=True, slots=True)
class _Counts:
    """The numbers of values: per bin at least, at most and by numpy; inside the bins; in all."""

    least: np.ndarray
    most: np.ndarray
    usual: np.ndarray
    inside: int
    all: int

    def first_wrong(self, counts: np.ndarray, rtol: float) -> int | None:
        """Return the first bin with a wrong count; None if all are right."""
        low, high = self.least * (1 - rtol), self.most * (1 + rtol)
        wrong = np.flatnonzero(~((counts >= low) & (counts <= high)))
        if wrong.size:
            return int(wrong[0])
        return None if abs(counts.sum() - self.inside) <= rtol * self.inside else 0


def _failure_of_counts(
    heights: np.ndarray, edges: np.ndarray, counts: _Counts, rtol: float
) -> Failure | None:
    wrong = counts.first_wrong(heights, rtol)
    if wrong is None:
        return None
    brief = "the heights of its histogram are not the counts of the values"
    return _failure(brief, _bar_error(heights, edges, wrong, float(counts.usual[wrong])))


def _failure_of_densities(
    heights: np.ndarray, edges: np.ndarray, counts: _Counts, rtol: float
) -> Failure | None:
    widths = np.diff(edges)
    wrong = counts.first_wrong(heights * widths * counts.inside, rtol)
    if wrong is None or counts.first_wrong(heights * widths * counts.all, rtol) is None:
        return None
    if counts.first_wrong(heights, rtol) is None:
        return _failure("the heights of its histogram are counts, not densities")
    if counts.first_wrong(heights * counts.inside, rtol) is None:
        return _failure("the heights of its histogram are shares of the values, not densities")
    brief = "the heights of its histogram are not the density of the values"
    right = float(counts.usual[wrong] / (widths[wrong] * counts.inside))
    return _failure(brief, _bar_error(heights, edges, wrong, right))


def _bar_error(heights: np.ndarray, edges: np.ndarray, bar: int, right: float) -> str:
    where = f"the bar from {edges[bar]:.6g} to {edges[bar + 1]:.6g}"
    return f": {where} is {heights[bar]:.6g} high, expected {right:.6g}"


def _edges(bars: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    """Return the edges of bars that stand side by side, with equal gaps or none; else None."""
    left, right = bars[:, 0], bars[:, 1]
    if not np.all(np.isfinite(bars)) or not np.all(right > left):
        return None
    edges = np.append(left, right[-1])
    # At most the range of the values, so that one very wide bar does not excuse the others.
    span = max(float(np.ptp(values)), float(np.min(right - left))) if values.size else 0.0
    allowed = _SAME_EDGE * min(right[-1] - left[0], span)
    if not np.all(np.abs(left[1:] - right[:-1]) <= allowed):
        middles = (left + right) / 2
        step = (middles[-1] - middles[0]) / max(len(middles) - 1, 1)
        edges = middles[0] + step * (np.arange(len(middles) + 1) - 0.5)
        allowed = _SAME_EDGE * step
        if not np.all(np.abs(edges[:-1] + step / 2 - middles) <= allowed):
            return None
        if not np.all(right - left <= step + allowed):
            return None
    return edges if np.all(np.diff(edges) > 0) and np.all(np.isfinite(edges)) else None


def _counted(edges: np.ndarray, values: np.ndarray) -> _Counts:
    """Count values; an edge is a rounded sum, so a value on it may belong to either side."""
    ordered = np.sort(values)
    slack = _SAME_POINT * np.max(np.abs(values), initial=0.0)  # edges near them are of this size
    first, last = edges[:-1], edges[1:]
    least = np.searchsorted(ordered, last - slack) - np.searchsorted(
        ordered, first + slack, "right"
    )
    most = np.searchsorted(ordered, last + slack, "right") - np.searchsorted(ordered, first - slack)
    usual, _ = np.histogram(values, [edges[0] - slack, *edges[1:-1], edges[-1] + slack])
    return _Counts(np.maximum(least, 0), most, usual, int(usual.sum()), len(values))
