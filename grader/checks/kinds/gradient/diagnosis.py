"""How a gradient differs from the true one: where, and whether a familiar slip explains it."""

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
        What it is taken by, in order.
    values, allowed : ndarray, shape (k,)
        The derivatives, and how far from each an answer may be.
    sizes : Mapping of str to int
        Lengths of the arguments that have one.
    """

    components: tuple[Component, ...]
    values: np.ndarray
    allowed: np.ndarray
    sizes: tuple[tuple[str, int], ...]


def wrong_components(actual: np.ndarray, slope: Slope) -> list[int]:
    """Return which numbers are further from the truth than they may be."""
    with np.errstate(all="ignore"):
        return np.flatnonzero(~(np.abs(actual - slope.values) <= slope.allowed)).tolist()


def components_text(components: Sequence[Component]) -> str:
    """Return the names of some components, cut where there are many."""
    names = [f"`{component}`" for component in components[:4]]
    more = [f"{len(components) - 4} more"] if len(components) > 4 else []
    *first, last = [*names, *more]
    return f"{', '.join(first)} and {last}" if first else last


def explanation(answers: Sequence[tuple[Value, Slope]]) -> str:
    """Return what one slip would explain all answers that are wrong in value, or nothing.

    Parameters
    ----------
    answers : sequence of (Value, Slope)
        Wrong answers, of the right form or transposed.
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
    arrays = [as_array(answer) if _is_listed(answer) else None for _, _, answer in pairs]
    if all(
        array is not None and array.ndim == 2 and _near(array.T.reshape(-1), slope.values, slope)
        for array, (_, slope, _) in zip(arrays, pairs, strict=True)
    ):
        yield "It is the transpose of what it should be"


def _is_listed(answer: Value) -> bool:
    return isinstance(answer, (list, tuple, np.ndarray))


def _turned_round(pairs: _Pairs) -> Iterator[str]:
    if all(_near(actual[::-1], slope.values, slope) for actual, slope, _ in pairs):
        order = components_text(pairs[0][1].components)
        yield f"The numbers are there in the opposite order: it should be {order}"


def _times_a_size(pairs: _Pairs) -> Iterator[str]:
    for name, _ in pairs[0][1].sizes:
        sizes = [dict(slope.sizes).get(name, 1) for _, slope, _ in pairs]
        if _all_scaled(pairs, [float(size) for size in sizes]):
            yield (
                f"Every component is n times too large, where n is the length of `{name}`: a sum "
                "where a mean is asked for?"
            )
        if _all_scaled(pairs, [1 / size for size in sizes]):
            yield (
                f"Every component is n times too small, where n is the length of `{name}`: a mean "
                "where a sum is asked for?"
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
    """Return what the largest number is multiplied by; None where one number alone says so.

    None, too, where that is 0 or more than a float holds.
    """
    if np.count_nonzero(wanted) < 2:
        return None
    largest = int(np.argmax(np.abs(wanted)))
    with np.errstate(over="ignore"):
        factor = float(actual[largest] / wanted[largest])
    return factor if factor and np.isfinite(factor) else None


def _one_argument(pairs: _Pairs) -> Iterator[str]:
    """Look at one argument at a time, those that are wrong."""
    for name in dict.fromkeys(part.argument for part in pairs[0][1].components):
        own = [_of_argument(name, actual, slope) for actual, slope, _ in pairs]
        if all(not wrong_components(actual, slope) for actual, slope, _ in own):
            continue
        if any(True for _ in _opposite(own)):
            yield f"What belongs to `{name}` has the opposite sign"
        elif any(True for _ in _common_factor(own)):
            yield f"What belongs to `{name}` is off by the same factor everywhere"


def _of_argument(name: str, actual: np.ndarray, slope: Slope) -> tuple[np.ndarray, Slope, Value]:
    places = [i for i, part in enumerate(slope.components) if part.argument == name]
    own = Slope(
        tuple(slope.components[i] for i in places),
        slope.values[places],
        slope.allowed[places],
        slope.sizes,
    )
    return actual[places], own, None


_SLIPS = (_opposite, _transposed, _times_a_size, _common_factor, _turned_round, _one_argument)
