"""A check's ``given``: the names to draw, in order, with consistent sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag

from grader.guest.protocol.values import Value
from grader.inputs.draws import Distribution, Draw, Flips, Integers, LogUniform, Normal, Uniform
from grader.inputs.fields import MAX_ELEMENTS, Name, PlacedFaultsError, one_kind
from grader.inputs.listed import Choice, Constant

DRAWS: Mapping[str, type[Draw]] = MappingProxyType(
    {
        draw.kind: draw
        for draw in (
            Normal,
            Uniform,
            LogUniform,
            Integers,
            Choice,
            Distribution,
            Flips,
            Constant,
        )
    }
)
"""The vocabulary: each kind of draw by the key that names it."""


def _one_draw(raw: Any) -> Any:
    if not isinstance(raw, Draw):
        one_kind(raw, DRAWS, "a draw")
    return raw


def _tag(raw: Any) -> str:
    kind = raw.kind if isinstance(raw, Draw) else one_kind(raw, DRAWS, "a draw")
    return f"<{kind}>"  # no key looks like this, so it can be removed from places


AnyDraw: TypeAlias = Annotated[
    Annotated[Normal, Tag("<normal>")]
    | Annotated[Uniform, Tag("<uniform>")]
    | Annotated[LogUniform, Tag("<log_uniform>")]
    | Annotated[Integers, Tag("<integers>")]
    | Annotated[Choice, Tag("<choice>")]
    | Annotated[Distribution, Tag("<distribution>")]
    | Annotated[Flips, Tag("<flips>")]
    | Annotated[Constant, Tag("<constant>")],
    Discriminator(_tag),
    BeforeValidator(_one_draw),
]


def require_sizes(
    given: Mapping[str, Draw],
    known: Mapping[str, int] | None = None,
    place: tuple[str | int, ...] = (),
) -> None:
    """Check that every size is known before it is used, and that no draw is too large.

    Parameters
    ----------
    given : Mapping of str to Draw
        In the order in which they are drawn.
    known : Mapping of str to int
        Names that the check sets itself (an axis of a sweep), with their largest value.
    place : tuple of (str or int)
        The place of `given` below the validated value.

    Raises
    ------
    PlacedFaultsError
        A size names no earlier draw of whole numbers, an array could hold more than
        `MAX_ELEMENTS`, or the edges of two draws ask for different values of one size.
    """
    spans = {name: (largest, largest) for name, largest in (known or {}).items()}
    faults: list[tuple[tuple[str | int, ...], str]] = []
    for name, item in given.items():
        if name in spans:
            faults.append(((name,), f"`{name}` is set by the check itself: leave it out here"))
            continue
        faults.extend(((name,), message) for message in _size_faults(item, spans))
        if item.counts is not None:
            spans[name] = item.counts
    faults = faults or list(_edge_faults(given, known or {}))
    if faults:
        raise PlacedFaultsError(((*place, *below), message) for below, message in faults)


def _size_faults(item: Draw, spans: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    unknown = [size for size in item.sizes if isinstance(size, str) and size not in spans]
    for size in unknown:
        yield (
            f"the size `{size}` names no earlier draw of whole numbers that are not negative: "
            "draw it above, with `integers`, or write a number"
        )
    if unknown:
        return
    ranges = [(size, size) if isinstance(size, int) else spans[size] for size in item.sizes]
    largest = 1
    for _, high in ranges:
        largest *= high
    if largest > MAX_ELEMENTS:
        yield f"this draws up to {largest:,} values, and at most {MAX_ELEMENTS:,} are allowed"
    if isinstance(item, Distribution) and ranges[-1][0] < 1:
        yield "a distribution has at least one outcome, but this size can be 0"


def _edge_faults(
    given: Mapping[str, Draw], known: Mapping[str, int]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for trial in range(max((len(item.edges) for item in given.values()), default=0)):
        asked: dict[str, int] = dict(known)
        for name, size, count in _edge_sizes(given, trial):
            if asked.setdefault(size, count) != count:
                message = (
                    f"this edge needs `{size}` to be {count}, but in the same trial it is "
                    f"{asked[size]}: make the edges of one trial fit, or swap their order"
                )
                yield (name, "edges", trial), message


def _edge_sizes(given: Mapping[str, Draw], trial: int) -> Iterator[tuple[str, str, int]]:
    """Yield each draw with an edge, a size that the edge fixes, and the value of that size."""
    for name, item in given.items():
        if trial >= len(item.edges):
            continue
        edge = item.edges[trial]
        if item.counts is not None:
            yield name, name, edge
        for size, count in zip(item.sizes, item.edge_sizes(edge), strict=True):
            if isinstance(size, str):
                yield name, size, count


def _closed(given: Mapping[str, Draw]) -> Mapping[str, Draw]:
    require_sizes(given)
    return given


PartialGiven: TypeAlias = Mapping[Name, AnyDraw]
"""Draws whose sizes a check must still validate, with `require_sizes`."""

Given: TypeAlias = Annotated[PartialGiven, AfterValidator(_closed)]
"""Draws that depend only on one another."""


def draw(
    given: Mapping[str, Draw],
    rng: np.random.Generator,
    trial: int = 0,
    known: Mapping[str, Value] | None = None,
) -> dict[str, Value]:
    """Draw every name once, in order.

    An edge fixes sizes: if `p` and `q` both have size `n`, an edge of two outcomes for `p` makes
    `n` 2 in that trial, and so `q` has two outcomes as well.

    Parameters
    ----------
    given : Mapping of str to Draw
        What to draw.
    rng : numpy.random.Generator
        The source of all randomness.
    trial : int
        Counted from 0; a draw with more edges than this returns the edge.
    known : Mapping of str to Value
        Values that the check sets itself, such as the axis of a sweep.

    Returns
    -------
    dict of str to Value
        The drawn values by name, in order, without the known ones; calls share no objects.
    """
    known = known or {}
    fixed = {size: count for _, size, count in _edge_sizes(given, trial)}
    drawn: dict[str, Value] = {}
    for name, item in given.items():
        if trial < len(item.edges):
            value = item.edge(item.edges[trial])
        elif name in fixed:
            value = fixed[name]
        else:
            sizes = tuple(_count(size, {**known, **drawn}) for size in item.sizes)
            value = item.sample(rng, sizes)
        drawn[name] = item.dress(value)
    return drawn


def _count(size: int | str, values: Mapping[str, Value]) -> int:
    return size if isinstance(size, int) else int(values[size])
