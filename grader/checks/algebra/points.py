"""The numbers that a derivation's lines are tried at."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from grader.checks.algebra.symbols import Symbols

__all__ = ["Group", "Point", "draw_groups", "small_groups"]

_VARIANTS = 4
_PLACES = 6
_VECTOR_RANGE = (-2.5, 2.5)
_SCALAR_RANGE = (0.6, 2.4)
_SMALL = (
    ((1, 3), (2, 2), (2,)),
    ((0, 1), (1, 3), (1,)),
    ((2, -1, 4), (1, 1, 2), (3,)),
    ((1,), (3,), (2,)),
)
_SMALL_TURNS = ((0, 0), (1, 1), (2, 0), (-1, 2))


@dataclass(frozen=True, slots=True)
class Point:
    """A value for every symbol.

    Attributes
    ----------
    place : int
        Where it stands among the points that are tried together.
    n : int
        The number of examples.
    scalars : Mapping of str to Decimal
        The positive numbers, and the number of examples.
    vectors : Mapping of str to tuple of Decimal
        `n` values for each symbol that carries an index.
    """

    place: int
    n: int
    scalars: Mapping[str, Decimal]
    vectors: Mapping[str, tuple[Decimal, ...]]


Group = tuple[Point, ...]
"""Points that differ only in what the loss is minimised over."""


def draw_groups(symbols: Symbols, seed: int) -> tuple[Group, ...]:
    """Draw the random points: three numbers of examples, four predictions for each.

    The numbers have six decimals, so that a counterexample can be printed exactly.
    """
    rng = random.Random(seed)  # noqa: S311 - numbers to try, not secrets to keep
    sizes = (2, 3, rng.randint(4, 9))
    return tuple(_draw_group(symbols, turn, n, rng) for turn, n in enumerate(sizes))


def _draw_group(symbols: Symbols, turn: int, n: int, rng: random.Random) -> Group:
    def vector() -> tuple[Decimal, ...]:
        return tuple(_number(rng, *_VECTOR_RANGE) for _ in range(n))

    data = {name: vector() for name in symbols.data}
    fixed = {symbols.size: Decimal(n)}
    fixed |= {name: _number(rng, *_SCALAR_RANGE) for name in symbols.fixed}
    return tuple(
        Point(
            _VARIANTS * turn + variant,
            n,
            fixed | {name: _number(rng, *_SCALAR_RANGE) for name in symbols.free},
            data | {name: vector() for name in symbols.minimised},
        )
        for variant in range(_VARIANTS)
    )


def _number(rng: random.Random, low: float, high: float) -> Decimal:
    return round(Decimal(rng.uniform(low, high)), _PLACES)


def small_groups(symbols: Symbols) -> tuple[Group, ...]:
    """Return points of small whole numbers, for counterexamples that can be checked by hand."""
    return tuple(
        tuple(_small_point(symbols, case, turn) for turn in range(len(_SMALL_TURNS)))
        for case in range(len(_SMALL))
    )


def _small_point(symbols: Symbols, case: int, turn: int) -> Point:
    data, predicted, (scale,) = _SMALL[case]
    shift, slope = _SMALL_TURNS[turn]
    n = len(data)
    scalars = {symbols.size: Decimal(n)}
    scalars |= {name: Decimal(scale + place) for place, name in enumerate(symbols.fixed)}
    scalars |= {name: Decimal(scale + turn + place) for place, name in enumerate(symbols.free)}
    vectors = {
        name: tuple(Decimal(value + place) for value in data)
        for place, name in enumerate(symbols.data)
    }
    vectors |= {
        name: tuple(Decimal(predicted[i] + shift + slope * i + place) for i in range(n))
        for place, name in enumerate(symbols.minimised)
    }
    return Point(len(_SMALL_TURNS) * case + turn, n, scalars, vectors)
