"""Counterexamples: small numbers at which two formulas differ, and their values there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal, localcontext
from itertools import combinations, permutations
from typing import TypeAlias

from grader.checks.kinds.derivation.error_bounds import LostDigits, Measured
from grader.checks.kinds.derivation.evaluate import SHARP_DIGITS, Evaluator, Undefined
from grader.checks.kinds.derivation.functions import comparing
from grader.checks.kinds.derivation.nodes import Node
from grader.checks.kinds.derivation.sample_points import Group, SamplePoint, small_groups
from grader.checks.kinds.derivation.steps import differ, in_step
from grader.checks.kinds.derivation.symbols import Symbols, shown

Named: TypeAlias = tuple[str, Node]
"""A formula's name in a message, and the formula."""

_DIGITS_TRIED = (6, 12, 24, 48)


def show_difference(one: Named, other: Named, groups: tuple[Group, ...], symbols: Symbols) -> str:
    """Return text about a point at which two formulas differ, checked with 120 digits.

    Small whole numbers are tried first, then `groups`. The text is empty if no point is found.
    """
    candidates = (*small_groups(symbols), *groups)
    for point in (point for group in candidates for point in group):
        values = _values((one[1], other[1]), (point,))
        if values is not None and _apart(values[0].at([0]), values[1].at([0])):
            first, second = _distinct_texts(values[0].values[0], values[1].values[0])
            where = show_point(point, symbols)
            return f"At {where}: {one[0]} is {first}, {other[0]} is {second}."
    return ""


def show_bend(old: Named, new: Named, groups: tuple[Group, ...], symbols: Symbols) -> str:
    """Return text about predictions that show that a step by ``~`` fails, checked with 120 digits.

    The search is first for two predictions that the formulas order differently, then for three
    between which their changes have different ratios.
    """
    candidates = (*small_groups(symbols), *groups)
    searches: tuple[_Search, ...] = (_opposite, _uneven)
    for search in searches:
        for group in candidates:
            values = _values((old[1], new[1]), group)
            if values is None:
                continue
            with localcontext(comparing(SHARP_DIGITS)):
                found = next(search(*values), None)
                if found is not None:
                    return _changes(old[0], new[0], group, values, found, symbols)
    return ""


_Search: TypeAlias = Callable[[Measured, Measured], Iterator[tuple[int, ...]]]


def _values(formulas: tuple[Node, Node], group: Group) -> tuple[Measured, Measured] | None:
    evaluator = Evaluator((group,))
    try:
        old, new = (evaluator.values(formula, SHARP_DIGITS) for formula in formulas)
    except (LostDigits, Undefined):
        return None
    return old, new


def _apart(one: Measured, other: Measured) -> bool:
    with localcontext(comparing(SHARP_DIGITS)):
        return differ(one, other)


def _opposite(old: Measured, new: Measured) -> Iterator[tuple[int, ...]]:
    for i, j in permutations(range(len(old.values)), 2):
        if _rises(old, i, j) and not _rises(new, i, j):
            yield (i, j)


def _rises(row: Measured, start: int, end: int) -> bool:
    return row.values[end] > row.values[start] and _apart(row.at([start]), row.at([end]))


def _uneven(old: Measured, new: Measured) -> Iterator[tuple[int, ...]]:
    for three in combinations(range(len(old.values)), 3):
        with suppress(LostDigits):
            if not in_step(old.at(three), new.at(three), [slice(0, 3)]):
                yield three


def _changes(
    old: str,
    new: str,
    group: Group,
    rows: tuple[Measured, Measured],
    found: tuple[int, ...],
    symbols: Symbols,
) -> str:
    first, *rest = found
    start = group[first]
    parts = [f"From {show_point(start, symbols)}"]
    for at in rest:
        changes = [_shown(row.values[at] - row.values[first]) for row in rows]
        moved = _listed(group[at], (*symbols.minimised, *symbols.free))
        parts.append(f"  to {moved}: {old} changes by {changes[0]}, {new} by {changes[1]}.")
    return "\n".join(parts)


def show_point(point: SamplePoint, symbols: Symbols) -> str:
    """Return a text that lists a point's values.

    Examples
    --------
    >>> symbols = Symbols(data=("y",), minimised=("y_hat",), fixed=("sigma",))
    >>> show_point(small_groups(symbols)[0][0], symbols)
    'n = 2, y = (1, 3), ŷ = (2, 2), sigma = 2'
    """
    n = _shown(point.scalars[symbols.size])
    return f"{symbols.size} = {n}, {_listed(point, (*symbols.vectors, *symbols.scalars))}"


def _listed(point: SamplePoint, names: tuple[str, ...]) -> str:
    return ", ".join(f"{shown(name)} = {_of(point, name)}" for name in names)


def _of(point: SamplePoint, name: str) -> str:
    if name in point.scalars:
        return _shown(point.scalars[name])
    values = [_shown(value) for value in point.vectors[name]]
    if point.weights:
        pairs = zip(values, point.weights, strict=True)
        values = [f"{value} {times:,} times" for value, times in pairs]
    return f"({', '.join(values)})"


def _distinct_texts(one: Decimal, other: Decimal) -> tuple[str, str]:
    for digits in _DIGITS_TRIED:
        texts = _shown(one, digits), _shown(other, digits)
        if texts[0] != texts[1]:
            return texts
    with localcontext(comparing(SHARP_DIGITS)):
        sign = "+" if other > one else "-"
        return _shown(one), f"{_shown(one)} {sign} {_shown(abs(other - one))}"


def _shown(number: Decimal, digits: int = 7) -> str:
    """Return a number as a person would write it, rounded to `digits` digits.

    Examples
    --------
    >>> _shown(Decimal("2.500000000")), _shown(Decimal(100)), _shown(Decimal("1.5e-30"))
    ('2.5', '100', '1.5e-30')
    """
    rounded = number.normalize(comparing(digits))
    plain = -5 <= rounded.adjusted() <= 12
    return f"{rounded:f}" if plain or not rounded else f"{rounded:e}"
