"""The base class of draws, and draws of random values."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from grader.guest.protocol.values import Value
from grader.inputs.fields import (
    Bounds,
    PlacedFaultsError,
    PositiveBounds,
    Shape,
    Size,
    Spread,
    WholeBounds,
    is_number,
    is_whole,
)


class Draw(BaseModel, ABC):
    """One generated input.

    Attributes
    ----------
    shape : tuple of (int or str) or None
        Sizes of the drawn array, each a number or the name of an earlier draw.
    as_ : {"array", "list"} or None
        The type of several values; an array by default.
    edges : tuple of Value
        Values for the first trials, one each, before anything is drawn.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True
    )
    kind: ClassVar[str]

    shape: Shape | None = Field(
        default=None,
        description="Draw an array: its size, the name of an earlier draw, or a list of these.",
    )
    as_: Literal["array", "list"] | None = Field(
        default=None, alias="as", description="`list` gives Python lists instead of an array."
    )
    edges: tuple[Any, ...] = Field(
        default=(), description="Values for the first trials, one each, before anything random."
    )

    @property
    def sizes(self) -> tuple[int | str, ...]:
        """Sizes of a drawn value; empty for a scalar."""
        return self.shape or ()

    @property
    def counts(self) -> tuple[int, int] | None:
        """Smallest and largest value if all values could be a size, else None."""
        return None

    @abstractmethod
    def sample(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Value:
        """Draw several values, or a Python scalar if `sizes` is empty."""

    @abstractmethod
    def edge(self, value: Value) -> Value:
        """Convert an edge value to the type of `sample`; raise ValueError if it does not fit."""

    def edge_sizes(self, value: Value) -> tuple[int, ...]:
        """Return the sizes of an edge value."""
        return np.shape(self.edge(value))

    def dress(self, value: Value) -> Value:
        """Convert several values to the type that the author asked for."""
        return value.tolist() if self.as_ == "list" and isinstance(value, np.ndarray) else value

    @model_validator(mode="after")
    def _edges_fit(self) -> Draw:
        faults: list[tuple[tuple[str | int, ...], str]] = []
        for index, value in enumerate(self.edges):
            try:
                self.edge_sizes(value)
                self.dress(self.edge(value))
            except ValueError as error:
                faults.append((("edges", index), str(error)))
        if faults:
            raise PlacedFaultsError(faults)
        return self


def number_array(value: Value, dtype: type[np.generic], ndim: int) -> np.ndarray[Any, Any]:
    """Return a nested list as an array; raise ValueError if it has another depth or type."""
    whole = issubclass(dtype, np.integer)
    problem = f"this must be a list of {'whole ' if whole else ''}numbers, {ndim} deep"
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError) as error:
        raise ValueError(problem) from error
    kinds = "i" if whole else "iuf"
    if array.ndim != ndim or (array.size and array.dtype.kind not in kinds):
        raise ValueError(problem)
    return array.astype(dtype)


def span(values: list[Value]) -> tuple[int, int] | None:
    """Return the smallest and largest of values that could all be sizes, else None."""
    could = all(is_whole(value) and value >= 0 for value in values)
    return (min(values), max(values)) if could else None


class _Real(Draw):
    """A draw of real numbers."""

    def edge(self, value: Value) -> Value:
        """Convert an edge value to a float, or an array of floats."""
        if self.shape is not None:
            return number_array(value, np.float64, len(self.sizes))
        if not is_number(value) or (isinstance(value, int) and abs(value) > 1e308):
            raise ValueError("an edge of this draw must be a number")
        return float(value)


def _within(drawn: Value, low: float, high: float) -> Value:
    """Clip values that rounding moved over a bound: ``exp(log(x))`` is not always x."""
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
        """Smallest and largest value if all values could be a size, else None."""
        return span([*self.integers, *self.edges]) if self.shape is None else None

    def sample(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Value:
        """Draw."""
        drawn = rng.integers(*self.integers, size=sizes or None, endpoint=True)
        return drawn if sizes else int(drawn)

    def edge(self, value: Value) -> Value:
        """Convert an edge value to a whole number, or an array of them."""
        if self.shape is not None:
            return number_array(value, np.int64, len(self.sizes))
        if not is_whole(value):
            raise ValueError("an edge of this draw must be a whole number")
        return value


TINY = 1e-300  # only `zeros` makes an outcome impossible, never underflow


class Distribution(Draw):
    """A random probability distribution: nonnegative, with sum 1 within 1e-12."""

    kind: ClassVar[str] = "distribution"
    distribution: Size = Field(description="How many outcomes: a number, or an earlier draw.")
    alpha: float = Field(
        default=1.0,
        ge=0.1,
        le=1000,
        description="Concentration of the Dirichlet distribution that it is drawn from.",
    )
    zeros: float = Field(
        default=0.0, ge=0, lt=1, description="Share of the outcomes that are made impossible."
    )

    @property
    def sizes(self) -> tuple[int | str, ...]:
        """Sizes of a drawn value; the outcomes are the last axis."""
        return (*(self.shape or ()), self.distribution)

    def sample(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Value:
        """Draw; each row along the last axis is a distribution."""
        weights = np.maximum(rng.gamma(self.alpha, size=sizes), TINY)
        impossible = min(math.ceil(self.zeros * sizes[-1]), sizes[-1] - 1)
        if impossible > 0:
            order = np.argsort(rng.random(size=sizes), axis=-1)
            np.put_along_axis(weights, order[..., :impossible], 0.0, axis=-1)
        return weights / weights.sum(axis=-1, keepdims=True)

    def edge(self, value: Value) -> Value:
        """Convert an edge value to an array that is a distribution."""
        array = number_array(value, np.float64, len(self.sizes))
        if np.all(array >= 0) and np.all(np.abs(array.sum(axis=-1) - 1) <= 1e-9):
            return array
        raise ValueError("an edge of this draw must be a distribution: none negative, sum 1")


class Flips(Draw):
    """Coin flips: a text of the letters H and T."""

    kind: ClassVar[str] = "flips"
    flips: Size = Field(description="How many flips: a number, or an earlier draw.")
    p: float = Field(default=0.5, ge=0, le=1, description="Probability of H.")

    @property
    def sizes(self) -> tuple[int | str, ...]:
        """Sizes of a drawn value."""
        return (self.flips,)

    def sample(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Value:
        """Draw."""
        return "".join(np.where(rng.random(sizes[0]) < self.p, "H", "T"))

    def edge(self, value: Value) -> Value:
        """Return the text."""
        if isinstance(value, str) and not set(value) - set("HT"):
            return value
        raise ValueError("an edge of this draw must be a text of the letters H and T")

    def edge_sizes(self, value: Value) -> tuple[int, ...]:
        """Return the number of flips."""
        return (len(self.edge(value)),)

    def dress(self, value: Value) -> Value:
        """Give a text, or a list of letters."""
        return list(value) if self.as_ == "list" else value

    @model_validator(mode="after")
    def _is_a_text(self) -> Flips:
        if self.shape is not None or self.as_ == "array":
            raise ValueError("flips are text: leave out `shape`; `as` can only be `list`")
        return self
