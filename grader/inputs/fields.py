"""The field types of draws: names, sizes, shapes and bounds, each with its own messages."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

MAX_ELEMENTS = 10_000_000
"""Limit of numbers in a drawn array, or letters in a drawn text."""


class PlacedFaultsError(ValueError):
    """Faults that a validator finds at several places, or below the validated value.

    Parameters
    ----------
    faults : iterable of (tuple, str)
        The keys and indices below the validated value, and the message.
    """

    def __init__(self, faults: Iterable[tuple[tuple[str | int, ...], str]]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "; ".join(message for _, message in self.faults)


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return ``; did you mean `x`?`` if a known name is similar, else the known names."""
    near = get_close_matches(name, known, n=1)
    if near:
        return f"; did you mean `{near[0]}`?"
    listed = ", ".join(f"`{item}`" for item in known)
    return f"; known: {listed}" if listed else ""


def require_names(args: Sequence[str], known: Sequence[str], why: str) -> None:
    """Check that each of a check's ``args`` is a known name; `why` ends the message.

    Raises
    ------
    PlacedFaultsError
        Lists each unknown name, at its place below the check.
    """
    faults = [
        (("args", index), f"`args` names `{name}`, {why}{did_you_mean(name, known)}")
        for index, name in enumerate(args)
        if name not in known
    ]
    if faults:
        raise PlacedFaultsError(faults)


def one_kind(raw: object, kinds: Iterable[str], what: str) -> str:
    """Return the one key of a mapping that names a kind.

    Raises
    ------
    ValueError
        It is not a mapping, or not exactly one of its keys names a kind.
    """
    kinds = tuple(kinds)
    listed = ", ".join(f"`{kind}`" for kind in kinds)
    if not isinstance(raw, Mapping):
        raise ValueError(f"{what} is a mapping with one of the keys {listed}")  # noqa: TRY004
    named = [kind for kind in kinds if kind in raw]
    if not named:
        near = [close for key in raw for close in get_close_matches(str(key), kinds, n=1)]
        advice = f"; did you mean `{near[0]}`?" if near else f": {listed}"
        raise ValueError(f"{what} needs one key that states its kind{advice}")
    if len(named) > 1:
        both = " and ".join(f"`{kind}`" for kind in named)
        raise ValueError(f"{what} has one kind, but here are {both}: keep one")
    return named[0]


def is_number(raw: object) -> bool:
    """Return whether this is a real number, and not a boolean."""
    return isinstance(raw, int | float) and not isinstance(raw, bool)


def is_whole(raw: object) -> bool:
    """Return whether this is a whole number that an array can hold."""
    return isinstance(raw, int) and not isinstance(raw, bool) and -(2**63) <= raw < 2**63


def _is_name(raw: object) -> bool:
    return isinstance(raw, str) and raw.isidentifier() and not keyword.iskeyword(raw)


def _name(raw: object) -> object:
    if _is_name(raw):
        return raw
    raise ValueError(f"a drawn value needs a Python name, and `{raw}` is not one")


def _size(raw: object) -> object:
    fits = isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= MAX_ELEMENTS
    if fits or _is_name(raw):
        return raw
    raise ValueError(
        f"a size is a whole number from 0 to {MAX_ELEMENTS:,}, or the name of an earlier draw"
    )


def _shape(raw: object) -> object:
    if not isinstance(raw, list | tuple):
        return (_size(raw),)
    if not raw:
        raise ValueError("a shape needs at least one size, as in `shape: 5` or `shape: [3, n]`")
    return tuple(_size(size) for size in raw)


def _numbers(raw: object) -> object:
    if isinstance(raw, list | tuple) and len(raw) == 2 and all(map(is_number, raw)):
        low, high = raw
        if abs(low) <= 1e308 and abs(high) <= 1e308:  # neither inf nor NaN, nor too long an int
            return float(low), float(high)
    raise ValueError("this takes two finite numbers, as in `[0, 1]`")


def _whole_numbers(raw: object) -> object:
    if isinstance(raw, list | tuple) and len(raw) == 2 and all(map(is_whole, raw)):
        return tuple(raw)
    raise ValueError("this takes two whole numbers of at most 64 bits, as in `[1, 20]`")


def _rising(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] < pair[1]:
        return pair
    raise ValueError(f"the lower bound comes first: {pair[0]} is not below {pair[1]}")


def _positive(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > 0:
        return pair
    raise ValueError(f"the bounds of a log-uniform draw must be positive: {pair[0]} is not")


def _spread(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[1] > 0:
        return pair
    raise ValueError(f"the standard deviation comes second and must be positive: {pair[1]} is not")


_ONE_SIZE = {"type": ["integer", "string"]}
_SHAPE = {"anyOf": [_ONE_SIZE, {"type": "array", "items": _ONE_SIZE, "minItems": 1}]}

Name: TypeAlias = Annotated[str, BeforeValidator(_name)]
Size: TypeAlias = Annotated[int | str, BeforeValidator(_size), WithJsonSchema(_ONE_SIZE)]
Shape: TypeAlias = Annotated[tuple[int | str, ...], BeforeValidator(_shape), WithJsonSchema(_SHAPE)]
Numbers: TypeAlias = Annotated[tuple[float, float], BeforeValidator(_numbers)]
Spread: TypeAlias = Annotated[Numbers, AfterValidator(_spread)]
Bounds: TypeAlias = Annotated[Numbers, AfterValidator(_rising)]
PositiveBounds: TypeAlias = Annotated[Bounds, AfterValidator(_positive)]
WholeBounds: TypeAlias = Annotated[
    tuple[int, int], BeforeValidator(_whole_numbers), AfterValidator(_rising)
]
