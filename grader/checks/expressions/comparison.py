"""Judge the comparisons of an assertion with a tolerance, as `Assertion` describes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from grader.compare import Tolerance, agree
from grader.compare.shapes import as_array, unwrap
from grader.compare.tolerance import judge_numbers
from grader.guest.protocol.values import Value

_TINY = 1e-6

Place: TypeAlias = tuple[int, ...]
Turn: TypeAlias = tuple[Place, int]
"""A comparison: its place in the assertion, and how many times it has been judged."""
Pair: TypeAlias = tuple[np.ndarray, np.ndarray]
Sides: TypeAlias = Mapping[Turn, Pair]
Slacks: TypeAlias = Mapping[Turn, np.ndarray]
NO_SLACK: Slacks = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison that does not hold, with its two sides."""

    operator: str
    left: Value
    right: Value


class Judge:
    """Judges the comparisons of one assertion, and keeps the first that does not hold.

    With `taken`, it also records the sides of all comparisons there.
    """

    def __init__(
        self, tolerance: Tolerance, slacks: Slacks, taken: dict[Turn, Pair] | None = None
    ) -> None:
        self._tolerance = tolerance
        self._slacks = slacks
        self._turns: Counter[Place] = Counter()
        self._slack: np.ndarray | None = None
        self.taken = taken
        self.failed: Comparison | None = None

    def __call__(self, place: Place, operators: tuple[str, ...], *sides: Value) -> bool:
        """Return whether a chain of comparisons holds; the code of an assertion calls this."""
        for index, operator in enumerate(operators):
            left, right = sides[index], sides[index + 1]
            if self._slacks or self.taken is not None:
                turn = self._turn((*place, index))
                if self._takes(turn, left, right):
                    continue
                self._slack = self._slacks.get(turn)
            if not self._holds(operator, left, right):
                self.failed = self.failed or Comparison(operator, left, right)
                return False
        return True

    def _turn(self, place: Place) -> Turn:
        """Return the comparison at a place, with how many times it has been judged."""
        self._turns[place] += 1
        return place, self._turns[place]

    def _takes(self, turn: Turn, left: Value, right: Value) -> bool:
        """Record the two sides if asked to; return whether the comparison counts as true."""
        if self.taken is None:
            return False
        one, other = _as_numbers(left), _as_numbers(right)
        if one is None or other is None:
            return False
        if one.shape != other.shape and one.ndim and other.ndim:
            return False
        self.taken[turn] = pair = (one, other)
        return bool(np.max([np.max(np.abs(each), initial=0.0) for each in pair]) < _TINY)

    def _holds(self, operator: str, left: Value, right: Value) -> bool:
        match operator:
            case "==":
                return self._equal(left, right)
            case "!=":
                whole = agree(left, left) and agree(right, right)  # no NaN
                return whole and not self._equal(left, right)
            case ">" | ">=":
                left, right = right, left
        return self._ordered(left, right, strict=operator in "<>")

    def _equal(self, left: Value, right: Value) -> bool:
        return self._follows(left, right) or agree(right, left, self._tolerance)

    def _follows(self, left: Value, right: Value) -> bool:
        return agree(left, right, self._tolerance) or self._near(left, right)

    def _near(self, left: Value, right: Value) -> bool:
        """Return whether two sides of one shape differ by no more than tolerance and slack."""
        if self._slack is None:
            return False
        one, other = _as_numbers(left), _as_numbers(right)
        if one is None or other is None or one.shape != other.shape:
            return False
        return bool(self._each_near(one, other).all())

    def _each_near(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        near = judge_numbers(one.reshape(-1), other.reshape(-1), self._tolerance)
        if self._slack is not None and self._slack.size == near.size:
            near |= np.abs(one - other).reshape(-1) <= self._slack
        return near

    def _ordered(self, left: Value, right: Value, *, strict: bool) -> bool:
        left, right = unwrap(left), unwrap(right)
        if type(left) in (int, float) and type(right) in (int, float):
            return left < right or (not strict and self._follows(left, right))
        one, other = _numbers(left), _numbers(right)
        if one.shape != other.shape:
            if one.ndim and other.ndim:
                raise TypeError(f"cannot order arrays of shapes {one.shape} and {other.shape}")
            one, other = np.broadcast_arrays(one, other)
        below = one.reshape(-1) < other.reshape(-1)
        if not strict:
            below |= self._each_near(one, other)
        return bool(below.size and below.all())


def _as_numbers(value: Value) -> np.ndarray | None:
    """Return a number or a rectangular array of numbers as floats; None for anything else."""
    value = unwrap(value)
    if type(value) in (int, float, complex):
        alone = as_array([value])
        array = None if alone is None else alone.reshape(())
    else:
        array = as_array(value) if isinstance(value, (list, tuple, np.ndarray)) else None
    if array is None or array.dtype.kind == "b":
        return None
    return array.astype(complex if array.dtype.kind == "c" else float)


def _numbers(value: Value) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"only real numbers can be ordered, not {type(value).__name__}")
    return array
