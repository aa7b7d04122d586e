"""The slack of an answer, from answers with other roundings; see `grader.checks.rounding`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.rounding import HUGE, TIMES
from grader.compare.shapes import unwrap
from grader.guest.protocol.values import Value

_SMALL = 1e-6  # of the largest number involved; noise of larger answers is within the tolerance
_JUMP = 2.0**-40  # of the largest number involved; a larger change is not rounding


@dataclass(frozen=True, slots=True)
class Other:
    """An answer that was recomputed with other roundings."""

    value: Value
    """The answer."""
    largest: float
    """The largest rounded number."""
    ones: bool = False
    """Whether probabilities of 1 were rounded. An expected 0 then gets no slack: ``1 - p`` is
    exactly 0 for p = 1."""


def slack_among(expected: Value, others: Sequence[Other], rtol: float, most: float) -> Value:
    """Return the possible rounding error of each number of an answer.

    `others` are the answers with other roundings. Errors within `rtol` need no slack, and `most` is
    the upper limit of a slack. The result has the form of `expected`, with 0 for numbers that need
    none; it is None if no number needs any.
    """
    numbers = _Numbers.of(expected)
    top = max([numbers.largest, *(other.largest for other in others)])
    small = numbers.flat < _SMALL * top
    noise = np.zeros(numbers.flat.size)
    for other in others:
        off = numbers.distance(_Numbers.of(other.value))
        if off is None or np.any(off[small] > _JUMP * max(numbers.largest, other.largest)):
            continue
        if other.ones:
            off = np.where(numbers.flat == 0, 0.0, off)
        noise = np.maximum(noise, off)
    with np.errstate(all="ignore"):
        slack = np.where(noise > 0, 2.0 ** np.ceil(np.log2(TIMES * noise)), 0.0)
        slack = np.minimum(slack, most)
        slack = np.where(small & (slack > rtol * numbers.flat), slack, 0.0)
    return numbers.form_of(slack) if slack.any() else None


def may_be_noise(expected: Value, inputs: Sequence[Value]) -> bool:
    """Return whether an answer holds a float far smaller than the numbers it may come from."""
    numbers = _Numbers.of(expected)
    if not numbers.flat.size:
        return False
    top = max(1.0, numbers.largest, *(_Numbers.of(each, whole=True).largest for each in inputs))
    return bool(np.min(numbers.flat) < _SMALL * top)


@dataclass(frozen=True)
class _Numbers:
    """The floats of a value, separated from the rest of it."""

    raw: np.ndarray
    """The floats."""
    flat: np.ndarray
    """Their absolute values."""
    rest: Any
    """Equal for two values that differ only in their floats."""
    value: Value
    """The whole value."""

    @classmethod
    def of(cls, value: Value, *, whole: bool = False) -> _Numbers:
        """Separate the floats of a value; with `whole`, integers count as floats."""
        found: list[np.ndarray] = []
        rest = _taken_apart(value, found, whole=whole)
        raw = np.concatenate(found) if found else np.zeros(0)
        with np.errstate(all="ignore"):
            return cls(raw, np.abs(raw), rest, value)

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return float(np.max(self.flat, initial=0.0, where=self.flat < HUGE))

    def distance(self, other: _Numbers) -> np.ndarray | None:
        """Return the distance of each float to another value's; None if anything else differs."""
        if self.rest != other.rest:
            return None
        with np.errstate(all="ignore"):
            off = np.abs(self.raw - other.raw)
        alike = (self.raw == other.raw) | (np.isnan(self.raw) & np.isnan(other.raw))
        off = np.where(alike, 0.0, off)
        return off if np.all(np.isfinite(off)) else None

    def form_of(self, flat: np.ndarray) -> Value:
        """Return these numbers in the form of the value, with 0 for everything else."""
        return _put_together(self.value, iter(flat.tolist()))


def _taken_apart(value: Value, found: list[np.ndarray], *, whole: bool) -> Any:
    value = unwrap(value)
    if isinstance(value, (list, tuple)):
        return type(value), [_taken_apart(item, found, whole=whole) for item in value]
    if isinstance(value, dict):
        items = [_taken_apart(item, found, whole=whole) for item in value.values()]
        return list(value), items
    array = np.asarray(value) if _is_number(value, whole=whole) else value
    if not isinstance(array, np.ndarray):
        return type(value), value
    if array.dtype.kind in ("iufc" if whole else "fc"):
        found.append(array.reshape(-1).astype(complex if array.dtype.kind == "c" else float))
        return array.shape
    return array.shape, array.dtype.kind, array.tobytes()


def _is_number(value: Value, *, whole: bool) -> bool:
    if type(value) is int:
        return whole and abs(value) < 2**1000
    return type(value) in (float, complex)


def _put_together(value: Value, parts: Iterator[float]) -> Value:
    value = unwrap(value)
    if isinstance(value, (list, tuple)):
        return [_put_together(item, parts) for item in value]
    if isinstance(value, dict):
        return {key: _put_together(item, parts) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        has_own = value.dtype.kind in "fc"
        return np.reshape([next(parts) if has_own else 0.0 for _ in range(value.size)], value.shape)
    return next(parts) if type(value) in (float, complex) else 0.0
