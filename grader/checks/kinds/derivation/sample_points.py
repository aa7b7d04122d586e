"""The points at which a derivation's lines are evaluated.

A large number of examples is cheap if a point holds few different examples, each many times: its
sums and products have only as many parts as there are different examples. These weights may even be
fractions: a sum over the examples is then a weighted sum and a product a product of powers, with
the same laws. Fractional points reveal polynomials in `n` that are zero at all whole numbers tried.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from grader.checks.kinds.derivation.symbols import Symbols

_VARIANTS = 4
_PLACES = 6
_DIFFERENT = 2
"""Number of different examples of a point with weights."""

_VECTOR_RANGE = (-2.5, 2.5)
_SCALAR_RANGE = (0.6, 2.4)
_HIGH_SCALAR_RANGE = (2.4, 30.0)
_LOW_SCALAR_RANGE = (0.2, 0.6)
_FAR_SCALAR_RANGE = (20.0, 200.0)
_FAR_VECTOR_SIZES = (1.5, 2.5)  # as powers of 10
_FEW = (1.5, 9.5)
_LARGE_SIZES = (3.0, 6.0)  # as powers of 10
_FAR_SIZES = (100, 898)
_SMALL = (
    ((1, 3), (2, 2), (2,)),
    ((0, 1), (1, 3), (1,)),
    ((2, -1, 4), (1, 1, 2), (3,)),
    ((1,), (3,), (2,)),
)
_SMALL_TURNS = ((0, 0), (1, 1), (2, 0), (-1, 2))


@dataclass(frozen=True, slots=True)
class SamplePoint:
    """A value for every symbol.

    Attributes
    ----------
    place : int
        Position among the points that are evaluated together.
    n : int
        Number of different examples.
    scalars : Mapping of str to Decimal
        The positive numbers, and the number of examples.
    vectors : Mapping of str to tuple of Decimal
        `n` values for each symbol that takes an index.
    weights : tuple of Decimal
        How often each example occurs; empty if each occurs once.
    """

    place: int
    n: int
    scalars: Mapping[str, Decimal]
    vectors: Mapping[str, tuple[Decimal, ...]]
    weights: tuple[Decimal, ...] = ()


Group = tuple[SamplePoint, ...]
"""Points that differ only in what the loss is minimised over."""


def draw_groups(symbols: Symbols, seed: int) -> tuple[Group, ...]:
    """Draw the random points: three numbers of examples, four predictions for each.

    The numbers have six decimals, so that a counterexample can be printed exactly.
    """
    rng = random.Random(seed)  # noqa: S311 - numbers to try, not secrets to keep
    sizes = (2, 3, rng.randint(4, 9))
    ranges = (_SCALAR_RANGE, _HIGH_SCALAR_RANGE, _SCALAR_RANGE)
    return tuple(
        _draw_group(_Draw(symbols, rng, n, scalar_range=scalars), _VARIANTS * turn)
        for turn, (n, scalars) in enumerate(zip(sizes, ranges, strict=True))
    )


def large_group(symbols: Symbols, seed: int) -> Group:
    """Draw points with about 1,000 to 1,000,000 examples."""
    rng = random.Random(f"large {seed}")  # noqa: S311
    n = int(10 ** rng.uniform(*_LARGE_SIZES))
    return _draw_group(_Draw(symbols, rng, _DIFFERENT, _parts(n, rng)))


def far_group(symbols: Symbols, seed: int) -> Group:
    """Draw points whose data, predictions and positive numbers are large.

    The number of examples is even if that of `large_group` is odd, so that a power of -1 differs
    between them.
    """
    rng = random.Random(f"far {seed}")  # noqa: S311
    large = large_group(symbols, seed)[0].scalars[symbols.size]
    n = rng.randint(*_FAR_SIZES)
    n += int((n + large) % 2 == 0)
    return _draw_group(
        _Draw(symbols, rng, _DIFFERENT, _parts(n, rng), scalar_range=_FAR_SCALAR_RANGE, far=True)
    )


def weighted_groups(symbols: Symbols, seed: int) -> tuple[Group, ...]:
    """Draw points with a number of examples that is not whole.

    Positive numbers are small in one group and large in the other, so that a factor that is zero
    at whole numbers hides neither range. Data and predictions are those of `large_group` with
    opposite signs, so that each sum of them takes both signs.
    """
    ranges = _LOW_SCALAR_RANGE, _HIGH_SCALAR_RANGE
    return tuple(
        _weighted(symbols, seed, scalars, _VARIANTS * turn) for turn, scalars in enumerate(ranges)
    )


def _weighted(symbols: Symbols, seed: int, scalar_range: tuple[float, float], place: int) -> Group:
    rng = random.Random(f"weighted {seed} {place}")  # noqa: S311
    draw = _Draw(symbols, rng, _DIFFERENT, scalar_range=scalar_range)
    large = large_group(symbols, seed)
    scale = Decimal(rng.uniform(*_FEW)) / large[0].scalars[symbols.size]
    weights = tuple(round(weight * scale, _PLACES) for weight in large[0].weights)
    fixed = {symbols.size: sum(weights, Decimal(0)), **draw.scalars(symbols.fixed)}
    return tuple(
        SamplePoint(
            place + point.place,
            point.n,
            fixed | draw.scalars(symbols.free),
            {name: tuple(-value for value in row) for name, row in point.vectors.items()},
            weights,
        )
        for point in large
    )


def _parts(n: int, rng: random.Random) -> tuple[Decimal, ...]:
    first = rng.randint(n // 4, n - n // 4)
    return Decimal(first), Decimal(n - first)


@dataclass(frozen=True, slots=True)
class _Draw:
    """The generator and the ranges from which a group is drawn."""

    symbols: Symbols
    rng: random.Random
    n: int
    weights: tuple[Decimal, ...] = ()
    scalar_range: tuple[float, float] = _SCALAR_RANGE
    far: bool = False

    def scalars(self, names: tuple[str, ...]) -> dict[str, Decimal]:
        return {name: _number(self.rng, *self.scalar_range) for name in names}

    def vectors(self, names: tuple[str, ...]) -> dict[str, tuple[Decimal, ...]]:
        return {name: tuple(self._vector()) for name in names}

    def _vector(self) -> Iterator[Decimal]:
        sign = self.rng.choice((-1, 1))
        for _ in range(self.n):
            if self.far:
                size = 10 ** self.rng.uniform(*_FAR_VECTOR_SIZES)
                yield _number(self.rng, size, size) * sign
                sign = -sign  # so that both signs occur
            else:
                yield _number(self.rng, *_VECTOR_RANGE)


def _draw_group(draw: _Draw, place: int = 0) -> Group:
    symbols = draw.symbols
    data = draw.vectors(symbols.data)
    size = sum(draw.weights) if draw.weights else draw.n
    fixed = {symbols.size: Decimal(size), **draw.scalars(symbols.fixed)}
    return tuple(
        SamplePoint(
            place + variant,
            draw.n,
            fixed | draw.scalars(symbols.free),
            data | draw.vectors(symbols.minimised),
            draw.weights,
        )
        for variant in range(_VARIANTS)
    )


def _number(rng: random.Random, low: float, high: float) -> Decimal:
    return round(Decimal(rng.uniform(low, high)), _PLACES)


def small_groups(symbols: Symbols) -> tuple[Group, ...]:
    """Return points with small whole numbers, for counterexamples that can be checked by hand."""
    return tuple(
        tuple(_small_point(symbols, case, turn) for turn in range(len(_SMALL_TURNS)))
        for case in range(len(_SMALL))
    )


def _small_point(symbols: Symbols, case: int, turn: int) -> SamplePoint:
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
    return SamplePoint(len(_SMALL_TURNS) * case + turn, n, scalars, vectors)
