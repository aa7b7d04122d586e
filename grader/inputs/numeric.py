"""Draws of numbers: normal, uniform, log-uniform, integers."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from pydantic import Field

from grader.guest.protocol.values import Value
from grader.inputs.base import Draw, number_array, span
from grader.inputs.fields import Bounds, PositiveBounds, Spread, WholeBounds, is_number, is_whole


class _Real(Draw):
    """A draw of real numbers."""

    def edge(self, value: Value) -> Value:
        """Turn an edge value into a float, or an array of them."""
        if self.shape is not None:
            return number_array(value, np.float64, len(self.sizes))
        if not is_number(value) or (isinstance(value, int) and abs(value) > 1e308):
            raise ValueError("an edge of this draw is a number")
        return float(value)


def _within(drawn: Value, low: float, high: float) -> Value:
    """Undo a rounding over a bound: ``exp(log(x))`` is not always x."""
    clipped = np.clip(drawn, low, high)
    return clipped if clipped.ndim else float(clipped)


class Normal(_Real):
    """Normal numbers."""

    kind: ClassVar[str] = "normal"
    normal: Spread = Field(description="Mean and standard deviation.")

    def sample(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Value:
        """Draw."""
        return rng.normal(*self.normal, size=sizes or None)


class Uniform(_Real):
    """Numbers spread evenly between two bounds."""

    kind: ClassVar[str] = "uniform"
    uniform: Bounds = Field(description="Lower and upper bound.")

    def sample(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Value:
        """Draw."""
        low, high = self.uniform
        share = rng.random(size=sizes or None)
        return _within(low * (1 - share) + high * share, low, high)  # high - low may overflow


class LogUniform(_Real):
    """Positive numbers whose logarithm is spread evenly."""

    kind: ClassVar[str] = "log_uniform"
    log_uniform: PositiveBounds = Field(description="Lower and upper bound, both positive.")

    def sample(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Value:
        """Draw."""
        low, high = self.log_uniform
        drawn = rng.uniform(math.log(low), math.log(high), size=sizes or None)
        return _within(np.exp(drawn), low, high)


class Integers(Draw):
    """Whole numbers between two bounds, both included."""

    kind: ClassVar[str] = "integers"
    integers: WholeBounds = Field(description="Smallest and largest value, both included.")

    @property
    def counts(self) -> tuple[int, int] | None:
        """Smallest and largest value, where it could be a size."""
        return span([*self.integers, *self.edges]) if self.shape is None else None

    def sample(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Value:
        """Draw."""
        drawn = rng.integers(*self.integers, size=sizes or None, endpoint=True)
        return drawn if sizes else int(drawn)

    def edge(self, value: Value) -> Value:
        """Turn an edge value into a whole number, or an array of them."""
        if self.shape is not None:
            return number_array(value, np.int64, len(self.sizes))
        if not is_whole(value):
            raise ValueError("an edge of this draw is a whole number")
        return value
