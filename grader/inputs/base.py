"""What every draw shares: its shape, its type, and values for the first trials."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from grader.guest.protocol.values import Value
from grader.inputs.fields import PlacedFaultsError, Shape, is_whole


class Draw(BaseModel, ABC):
    """One generated input.

    Attributes
    ----------
    shape : tuple of (int or str) or None
        Sizes of the array to draw, each a number or the name of an earlier draw.
    as_ : {"array", "list"} or None
        What to make of several values; an array where nothing is said.
    edges : tuple of Value
        Values for the first trials, one each, before anything is drawn.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
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
        """Smallest and largest value, where each is a whole number and could be a size."""
        return None

    @abstractmethod
    def sample(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Value:
        """Draw a Python scalar for no sizes, else several values."""

    @abstractmethod
    def edge(self, value: Value) -> Value:
        """Turn an edge value into what `sample` would give; ValueError where it cannot be."""

    def edge_sizes(self, value: Value) -> tuple[int, ...]:
        """Return the sizes of an edge value."""
        return np.shape(self.edge(value))

    def dress(self, value: Value) -> Value:
        """Give several values the type that the author asked for."""
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
    """Return a nested list as an array; ValueError where it is none of that many axes."""
    whole = issubclass(dtype, np.integer)
    problem = f"this is a list of {'whole ' if whole else ''}numbers, {ndim} deep"
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
