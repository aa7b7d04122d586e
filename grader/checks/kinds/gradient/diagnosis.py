"""How a gradient differs from the true one, and whether a common slip explains it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grader.checks.kinds.gradient.differences import Component
from grader.compare.shapes import as_array, numbers_in
from grader.guest.protocol.values import Value

_SAME = 1e-6


@dataclass(frozen=True)
class Slope:
    """The true gradient at one point.

    Attributes
    ----------
    components : tuple of Component
        What to differentiate by, in order.
    values, allowed : ndarray, shape (k,)
        The derivatives, and the allowed error of each.
    sizes : tuple of (str, int)
        The lengths of arguments that have one.
    """

    components: tuple[Component, ...]
    values: np.ndarray
    allowed: np.ndarray
    sizes: tuple[tuple[str, int], ...]


def wrong_components(actual: np.ndarray, slope: Slope) -> list[int]:
    """Return the places of numbers whose error exceeds the allowed one."""
    with np.errstate(all="ignore"):
        return np.flatnonzero(~(np.abs(actual - slope.values) <= slope.allowed)).tolist()


def components_text(components: Sequence[Component]) -> str:
    """Return a list of components as text, shortened after four."""
    names = [f"`{component}`" for component in components[:4]]
    more = [f"{len(components) - 4} more"] if len(components) > 4 else []
    *first, last = [*names, *more]
    return f"{', '.join(first)} and {last}" if first else last


def explanation(answers: Sequence[tuple[Value, Slope]]) -> str:
    """Return text about the one slip that explains all wrong answers, or an empty text.

    The answers must have the right form or be transposed.
    """
    pairs = [
        (numbers, slope, answer)
        for answer, slope in answers
        if (numbers := numbers_in(answer)) is not None
        and numbers.size == slope.values.size
        and not np.iscomplexobj(numbers)
        and np.all(np.isfinite(numbers))
    ]
    if len(pairs) < len(answers):
        return ""
    return next((text for find in _SLIPS for text in find(pairs)), "")


_Pairs = Sequence[tuple[np.ndarray, Slope, Value]]


def _near(actual: np.ndarray, wanted: np.ndarray, slope: Slope, factor: float = 1.0) -> bool:
    slack = _SAME * np.abs(wanted) + slope.allowed * max(abs(factor), 1.0)
    return bool(np.all(np.abs(actual - wanted) <= slack))


def _opposite(pairs: _Pairs) -> Iterator[str]:
    if all(_near(actual, -slope.values, slope) for actual, slope, _ in pairs):
        yield "Every component has the opposite sign"


def _transposed(pairs: _Pairs) -> Iterator[str]:
    arrays = [
        as_array(answer) if isinstance(answer, (list, tuple, np.ndarray)) else None
        for _, _, answer in pairs
    ]
    if all(
        array is not None and array.ndim == 2 and _near(array.T.reshape(-1), slope.values, slope)
        for array, (_, slope, _) in zip(arrays, pairs, strict=True)
    ):
        yield "It is the transpose of the gradient"


def _reversed(pairs: _Pairs) -> Iterator[str]:
    if all(_near(actual[::-1], slope.values, slope) for actual, slope, _ in pairs):
        order = components_text(pairs[0][1].components)
        yield f"The numbers are in reverse order: it should be {order}"


def _times_a_size(pairs: _Pairs) -> Iterator[str]:
    for name, _ in pairs[0][1].sizes:
        sizes = [dict(slope.sizes).get(name, 1) for _, slope, _ in pairs]
        if _all_scaled(pairs, [float(size) for size in sizes]):
            yield (
                f"Every component is n times too large, where n is the length of `{name}`: a sum "
                "instead of a mean?"
            )
        if _all_scaled(pairs, [1 / size for size in sizes]):
            yield (
                f"Every component is n times too small, where n is the length of `{name}`: a mean "
                "instead of a sum?"
            )


def _all_scaled(pairs: _Pairs, factors: Sequence[float]) -> bool:
    return all(
        _near(actual, slope.values * factor, slope, factor)
        for (actual, slope, _), factor in zip(pairs, factors, strict=True)
    )


def _common_factor(pairs: _Pairs) -> Iterator[str]:
    factor = _factor(
        np.concatenate([actual for actual, _, _ in pairs]),
        np.concatenate([slope.values for _, slope, _ in pairs]),
    )
    if factor is not None and _all_scaled(pairs, [factor] * len(pairs)):
        yield "Every component is off by the same factor"


def _factor(actual: np.ndarray, wanted: np.ndarray) -> float | None:
    """Return the factor of the largest number; None if at most one number is not 0.

    It is also None for a factor of 0 or one that a float cannot hold.
    """
    if np.count_nonzero(wanted) < 2:
        return None
    largest = int(np.argmax(np.abs(wanted)))
    with np.errstate(over="ignore"):
        factor = float(actual[largest] / wanted[largest])
    return factor if factor and np.isfinite(factor) else None


def _one_argument(pairs: _Pairs) -> Iterator[str]:
    """Yield the slips of single arguments, for those that are wrong."""
    for name in dict.fromkeys(part.argument for part in pairs[0][1].components):
        own = [_of_argument(name, actual, slope) for actual, slope, _ in pairs]
        if all(not wrong_components(actual, slope) for actual, slope, _ in own):
            continue
        if any(_opposite(own)):
            yield f"The part for `{name}` has the opposite sign"
        elif any(_common_factor(own)):
            yield f"The part for `{name}` is off by the same factor everywhere"


def _of_argument(name: str, actual: np.ndarray, slope: Slope) -> tuple[np.ndarray, Slope, Value]:
    places = [i for i, part in enumerate(slope.components) if part.argument == name]
    own = Slope(
        tuple(slope.components[i] for i in places),
        slope.values[places],
        slope.allowed[places],
        slope.sizes,
    )
    return actual[places], own, None


_SLIPS = (_opposite, _transposed, _times_a_size, _common_factor, _reversed, _one_argument)
