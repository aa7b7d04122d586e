"""Numerical derivatives with error bounds, by two methods.

- **Complex step.** ``Im f(x + ih) / h`` has no subtraction, so with h = 1e-20 its error is a few
  roundings. The function must be analytic and accept complex numbers; ``abs``, a ``float`` inside
  or a comparison silently break it. So it is used only if it agrees with central differences.
- **Central differences** at h, h/2 and h/4, extrapolated twice (Romberg). The error is of order
  h**6. The bound is the last extrapolation, of order h**4 and thus much larger, plus 16 roundings
  of the largest value divided by the smallest step.

References
----------
W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM
Review 40 (1998), 110-112.
L. F. Richardson, "The deferred approach to the limit", Philosophical Transactions of the Royal
Society A 226 (1927), 299-349.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from grader.compare.shapes import as_array, unwrap
from grader.guest.protocol.values import Value

ScalarFunction: TypeAlias = Callable[[Sequence[Value]], Value]
"""A function of a list of arguments."""

_EPS = 2.0**-52
_TINY_STEP = 1e-20
_LARGE_STEP = 2.0**-6  # h**6 is 1e-11, and a rounding over h/4 is 6e-14
_SMALL_STEP = 2.0**-14  # for functions that change over shorter distances or have an edge nearby
_ROUNDINGS = 16


@dataclass(frozen=True, slots=True)
class Component:
    """One number to differentiate by.

    Attributes
    ----------
    argument : str
        Name of the argument.
    place : int
        Its position among the arguments.
    index : tuple of int or None
        Index in the argument, if that is an array.
    """

    argument: str
    place: int
    index: tuple[int, ...] | None = None

    def __str__(self) -> str:
        return f"{self.argument}{list(self.index)}" if self.index is not None else self.argument

    def value_in(self, args: Sequence[Value]) -> float:
        """Return this number."""
        value = args[self.place]
        return float(value if self.index is None else np.asarray(value)[self.index])

    def moved(self, args: Sequence[Value], step: complex) -> list[Value]:
        """Return the arguments with this number changed by a step."""
        value = args[self.place]
        if self.index is None:
            return [*args[: self.place], value + step, *args[self.place + 1 :]]
        array = np.array(value, dtype=np.result_type(type(step), float))
        array[self.index] += step
        whole = array.tolist() if isinstance(value, list) else array
        return [*args[: self.place], whole, *args[self.place + 1 :]]


@dataclass(frozen=True, slots=True)
class Derivative:
    """A derivative and its error bound.

    Attributes
    ----------
    value : float
        The derivative.
    bound : float
        Bound of its error.
    rounding : float
        The part of the bound that is due to rounding, not to a function that is not smooth.
    """

    value: float
    bound: float
    rounding: float = 0.0


def components_of(
    names: Sequence[str], args: Sequence[Value], wrt: Sequence[str]
) -> Iterator[Component]:
    """Yield every number of the arguments `wrt`; ValueError for other values."""
    for name in wrt:
        place = names.index(name)
        value = unwrap(args[place])
        if type(value) in (int, float):
            yield Component(name, place)
            continue
        array = as_array(value) if isinstance(value, (list, tuple, np.ndarray)) else None
        if array is None or array.dtype.kind not in "iuf":
            raise ValueError(f"`{name}` is neither a number nor an array of numbers")
        yield from (Component(name, place, index) for index in np.ndindex(array.shape))


def derivative(function: ScalarFunction, args: Sequence[Value], by: Component) -> Derivative | None:
    """Return the derivative of a function at `args`; None if it has no finite values nearby."""
    best = _best_central(function, args, by)
    if best is None:
        return None
    central = best[1]
    exact = _complex_step(function, args, by)
    if exact is not None and abs(exact - central.value) <= 4 * central.bound:
        return Derivative(exact, 0.0)
    return central


def best_scale(function: ScalarFunction, args: Sequence[Value], by: Component) -> float | None:
    """Return the largest step with which central differences have the smallest bound."""
    best = _best_central(function, args, by)
    return None if best is None else best[0]


def _best_central(
    function: ScalarFunction, args: Sequence[Value], by: Component
) -> tuple[float, Derivative] | None:
    found = [(scale, central_difference(function, args, by, scale)) for scale in _scales(args, by)]
    usable = [(scale, central) for scale, central in found if central is not None]
    return min(usable, key=lambda each: each[1].bound, default=None)


def _scales(args: Sequence[Value], by: Component) -> list[float]:
    """Return step sizes relative to the number, to its array, and to 1."""
    around = np.asarray(args[by.place], dtype=float)
    spread = float(np.sqrt(np.mean(around**2)))
    scales = dict.fromkeys([abs(by.value_in(args)), spread, 1.0])
    sizes = [scale for scale in scales if scale > 0 and math.isfinite(scale)]
    return [scale * step for scale in sizes for step in (_LARGE_STEP, _SMALL_STEP)]


def steps_around(args: Sequence[Value], by: Component, scale: float) -> list[list[Value]]:
    """Return the six lists of arguments that a central difference needs."""
    steps = [sign * scale / part for part in (1, 2, 4) for sign in (1, -1)]
    return [by.moved(args, step) for step in steps]


def central_difference(
    function: ScalarFunction, args: Sequence[Value], by: Component, scale: float
) -> Derivative | None:
    """Return the extrapolated central difference with `scale` as its largest step."""
    points = steps_around(args, by, scale)
    values = [_real(function, point) for point in points]
    return derivative_of(values, [by.value_in(point) for point in points])


def derivative_of(values: Sequence[float | None], places: Sequence[float]) -> Derivative | None:
    """Return the derivative from six values of a function; None if one is not a finite number.

    They are its values at the arguments from `steps_around`; `places` are the changed number there.
    """
    numbers = [value for value in values if value is not None and math.isfinite(value)]
    # The actual change is not exactly the step: 1e9 + 1e-8 is rounded.
    widths = [places[i] - places[i + 1] for i in (0, 2, 4)]
    if len(numbers) < len(values) or not all(width > 0 for width in widths):
        return None
    slopes = [(numbers[2 * i] - numbers[2 * i + 1]) / width for i, width in enumerate(widths)]
    once = [(4 * slopes[i + 1] - slopes[i]) / 3 for i in (0, 1)]
    twice = (16 * once[1] - once[0]) / 15
    rounding = _ROUNDINGS * _EPS * max(map(abs, numbers)) / widths[2]
    bound = abs(twice - once[1]) + rounding
    finite = math.isfinite(twice) and math.isfinite(bound)
    return Derivative(twice, bound, rounding) if finite else None


def _real(function: ScalarFunction, args: Sequence[Value]) -> float | None:
    try:
        value = unwrap(function(args))
        return float(value) if type(value) in (int, float) else None
    except Exception:  # outside its domain a function may raise anything
        return None


def _complex_step(function: ScalarFunction, args: Sequence[Value], by: Component) -> float | None:
    step = _TINY_STEP * (abs(by.value_in(args)) or 1.0)
    try:
        value = unwrap(function(by.moved(args, complex(0, step))))
    except Exception:  # it does not accept complex numbers
        return None
    if type(value) is not complex:
        return None
    slope = value.imag / step
    return slope if math.isfinite(slope) else None
