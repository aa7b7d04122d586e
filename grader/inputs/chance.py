"""Draws of probability itself: distributions and coin flips."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from grader.guest.protocol.values import Value
from grader.inputs.base import Draw, number_array
from grader.inputs.fields import Size

TINY = 1e-300  # an outcome is impossible only where `zeros` says so, never by underflow


class Distribution(Draw):
    """A random probability distribution: none negative, sum 1 within 1e-12."""

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
        """Turn an edge value into an array that is a distribution."""
        array = number_array(value, np.float64, len(self.sizes))
        if np.all(array >= 0) and np.all(np.abs(array.sum(axis=-1) - 1) <= 1e-9):
            return array
        raise ValueError("an edge of this draw is a distribution: none negative, sum 1")


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
        raise ValueError("an edge of this draw is a text of the letters H and T")

    def edge_sizes(self, value: Value) -> tuple[int, ...]:
        """Return the number of flips."""
        return (len(self.edge(value)),)

    def dress(self, value: Value) -> Value:
        """Give a text, or a list of letters."""
        return list(value) if self.as_ == "list" else value

    @model_validator(mode="after")
    def _is_a_text(self) -> Flips:
        if self.shape is not None or self.as_ == "array":
            raise ValueError("flips are a text: leave out `shape`, and `as` but for `as: list`")
        return self
