"""Draws of values that the author lists: choice and constant."""

from __future__ import annotations

import copy
from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, model_validator

from grader.guest.protocol.values import Value
from grader.inputs.draws import Draw, span


class _Listed(Draw):
    """A draw of values as written; several values make an array of numbers."""

    @property
    @abstractmethod
    def _values(self) -> tuple[Value, ...]:
        """The values that the author lists."""

    @property
    def _makes_array(self) -> bool:
        return self.as_ == "array" or (self.as_ is None and self.shape is not None)

    @property
    def counts(self) -> tuple[int, int] | None:
        """Smallest and largest value if all values could be a size, else None."""
        return span([*self._values, *self.edges]) if self.shape is None else None

    def edge(self, value: Value) -> Value:
        """Return a copy of the value as written."""
        return copy.deepcopy(value)

    def edge_sizes(self, value: Value) -> tuple[int, ...]:
        """Return the sizes of an edge value."""
        return _nested_sizes(value, len(self.sizes))

    def dress(self, value: Value) -> Value:
        """Convert a list of numbers to an array, unless the author asked for a list."""
        if not (self._makes_array and isinstance(value, list)):
            return value
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise ValueError("an array holds numbers: write `as: list` for anything else")
        return array

    @model_validator(mode="after")
    def _values_fit(self) -> _Listed:
        for value in self._values:
            self.dress(value if self.shape is None else [value])
        return self


class Choice(_Listed):
    """One of the listed values."""

    kind: ClassVar[str] = "choice"
    choice: tuple[Any, ...] = Field(min_length=1, description="The values to choose from.")

    @property
    def _values(self) -> tuple[Value, ...]:
        return self.choice

    def sample(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Value:
        """Draw."""
        index = rng.integers(len(self.choice), size=sizes or None)
        return _picked(self.choice, index.tolist() if sizes else int(index))


class Constant(_Listed):
    """The same value every time."""

    kind: ClassVar[str] = "constant"
    constant: Any = Field(description="The value; with `shape`, what the array is filled with.")

    @property
    def _values(self) -> tuple[Value, ...]:
        return (self.constant,)

    def sample(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Value:  # noqa: ARG002
        """Return the value, or nested lists of it."""
        return _filled(self.constant, sizes)


def _picked(values: tuple[Value, ...], index: Any) -> Value:
    if isinstance(index, list):
        return [_picked(values, item) for item in index]
    return copy.deepcopy(values[index])


def _filled(value: Value, sizes: tuple[int, ...]) -> Value:
    if sizes:
        return [_filled(value, sizes[1:]) for _ in range(sizes[0])]
    return copy.deepcopy(value)


def _nested_sizes(value: Value, depth: int) -> tuple[int, ...]:
    if not depth:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"an edge of this draw must be a list, {depth} deep")  # noqa: TRY004
    inner = {_nested_sizes(item, depth - 1) for item in value} or {(0,) * (depth - 1)}
    if len(inner) > 1:
        raise ValueError("the rows of an edge must have the same length")
    return (len(value), *inner.pop())
