"""Estimate the rounding error of a reference's answer, so that 0 passes if it gave -2.8e-17.

``x - mean(x)`` of 0.1, 0.2, 0.3 is -2.8e-17 in the middle, or 0, or 1.4e-17, depending on the order
of the sum: all three are right, and none is close to another in relative terms. The size of such
noise depends on what cancels. The reference is therefore asked again, with its inputs and the
results of its own operations changed in their last bit, as if each had been rounded the other way
(Monte Carlo arithmetic, by Parker). The change of an answer is its noise; `TIMES` the noise is its
slack. A likelihood of 1e-12 or 1e-300 changes only in its own last bits and gets no slack.

A run that takes another branch (an integer, a truth value, a text or a shape that differs, an
exception) or jumps says nothing about rounding, and is ignored.

References
----------
D. S. Parker, "Monte Carlo Arithmetic: exploiting randomness in floating-point arithmetic",
Technical Report CSD-970002, University of California, Los Angeles (1997).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

from grader.compare.shapes import as_array, shape_of
from grader.guest.protocol.values import Value

DRAWS = 12
"""How often an answer that may be rounding noise is recomputed."""
TIMES = 16  # another order of summation may lose more than the draws show
HUGE = 1e100
DYADIC_BITS = 10

What: TypeAlias = Literal["inexact", "most", "all"]
"""Which inputs are rounded: 0.1 but not 0.5 or 3; also those, but no 1 among probabilities; all."""
Rerun: TypeAlias = Callable[["Rounding"], Mapping[str, Any]]
"""Runs the instrumented program of the reference; returns the names that it defines."""


class Rounding:
    """Changes numbers at random, up or down, by their last bit.

    Attributes
    ----------
    largest : float
        The largest number rounded in this draw.
    """

    def __init__(self, seed: int) -> None:
        self.begin(seed)

    def begin(self, seed: int) -> None:
        """Start another draw."""
        self.largest = 0.0
        self._bits = random.Random(seed)  # noqa: S311  (nothing secret)
        self._seed = seed
        self._rng: np.random.Generator | None = None

    def __call__(self, value: Any, *, alone: bool = False) -> Any:
        """Return a float or, unless `alone`, an array of floats with changed last bits.

        Return every other value unchanged.
        """
        kind = type(value)
        if kind is float:
            self._note(abs(value))
            return value * (1.0 + self._sign() * 2.0**-52)
        if kind is complex:
            return complex(self(value.real), self(value.imag))
        if isinstance(value, (np.floating, np.complexfloating)):
            self._note(float(abs(value)))
            return kind(value * (1 + self._sign() * np.finfo(kind).eps))
        if kind is np.ndarray and value.dtype.kind in "fc" and value.ndim and not alone:
            return self._array(value)
        return value

    def input(self, value: Value, what: What) -> Value:
        """Return an input with changed last bits, also in lists, tuples and dicts.

        Rounded integers become floats.

        Examples
        --------
        >>> Rounding(0).input([0.5, 3, "a"], "inexact")
        [0.5, 3, 'a']
        """
        if isinstance(value, (list, tuple)):
            # The numbers next to a 1 show whether it is a probability; "inexact" needs no others.
            whole = None if what == "inexact" or shape_of(value) is None else as_array(value)
            if whole is None:
                return type(value)(self.input(item, what) for item in value)
            return type(value)(self._input_array(whole, what).tolist())
        if isinstance(value, dict):
            return {key: self.input(item, what) for key, item in value.items()}
        if type(value) is np.ndarray:
            return self._input_array(value, what)
        if type(value) not in (int, float) or not abs(value) < 2**53:
            return value
        return self._input_array(np.array([value]), what).tolist()[0]

    def _input_array(self, array: np.ndarray, what: What) -> np.ndarray:
        if array.dtype.kind not in "iuf" or (array.dtype.kind != "f" and what == "inexact"):
            return array
        wide = array if array.dtype.kind == "f" else array.astype(float)
        rounded = self._array(wide)
        with np.errstate(all="ignore"):
            if what == "inexact":
                scaled = wide * 2**DYADIC_BITS
                rounded = np.where(scaled == np.round(scaled), wide, rounded)
            elif what == "most" and np.all((wide >= 0) & (wide <= 1)):
                rounded = np.where(wide == 1, wide, rounded)
        return np.asarray(rounded)

    def answer(self, value: Value, slack: Value) -> Value:
        """Return an answer as right as `value`: with changed last bits and random noise."""
        if isinstance(value, (list, tuple)):
            spare = [None] * len(value) if slack is None else slack
            pairs = zip(value, spare, strict=True)
            return type(value)(self.answer(*pair) for pair in pairs)
        if isinstance(value, dict):
            spare = {} if slack is None else slack
            return {key: self.answer(item, spare.get(key)) for key, item in value.items()}
        value = self(value)
        if slack is None or not np.any(slack):
            return value
        signs = self._signs(np.shape(slack))
        return value + signs * np.asarray(slack) / TIMES

    def _signs(self, shape: tuple[int, ...]) -> np.ndarray:
        if self._rng is None:  # made on demand: it takes longer than most draws
            self._rng = np.random.default_rng(self._seed)
        return self._rng.integers(0, 2, shape) * 2 - 1

    def _array(self, array: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            sizes = np.abs(array)
            self._note(float(np.max(sizes, initial=0.0, where=sizes < HUGE)))
            signs = self._signs(array.shape)
            rounded: np.ndarray = array * (1 + signs * np.finfo(array.dtype).eps)
            return rounded.astype(array.dtype, copy=False)

    def _sign(self) -> int:
        return 1 if self._bits.getrandbits(1) else -1

    def _note(self, size: float) -> None:
        if self.largest < size < HUGE:
            self.largest = float(size)
