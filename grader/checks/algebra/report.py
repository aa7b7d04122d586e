"""Counterexamples: small numbers at which two formulas part, and what they are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from itertools import combinations, permutations
from typing import TypeAlias

from grader.checks.algebra.evaluate import SHARP_DIGITS, Evaluator, Undefined
from grader.checks.algebra.functions import comparing
from grader.checks.algebra.nodes import Node
from grader.checks.algebra.points import Group, Point, small_groups
from grader.checks.algebra.symbols import Symbols, shown

__all__ = ["Named", "show_bend", "show_difference", "show_point"]

Named: TypeAlias = tuple[str, Node]
"""What a formula is called in a message, and the formula."""

_APART = Decimal("1e-30")
_DIGITS_TRIED = (6, 12, 24, 48)


def show_difference(one: Named, other: Named, groups: tuple[Group, ...], symbols: Symbols) -> str:
    """Show a point at which two formulas differ, checked with 120 digits.

    Small whole numbers are tried first, then the points at which they were found to differ.
    """
    candidates = (*small_groups(symbols), *groups)
    for point in (point for group in candidates for point in group):
        values = _values((one[1], other[1]), (point,))
        if values is not None and _apart(values[0][0], values[1][0]):
            first, second = _told_apart(values[0][0], values[1][0])
            where = show_point(point, symbols)
            return f"At {where}: {one[0]} is {first}, {other[0]} is {second}."
    return ""


def show_bend(old: Named, new: Named, groups: tuple[Group, ...], symbols: Symbols) -> str:
    """Show predictions between which two formulas do not change in step, checked with 120 digits.

    Two predictions that the formulas put in opposite order are looked for first; then three
    between which the changes have different ratios.
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


_Row: TypeAlias = tuple[Decimal, ...]
_Search: TypeAlias = Callable[[_Row, _Row], Iterator[tuple[int, ...]]]


def _values(formulas: tuple[Node, Node], group: Group) -> tuple[_Row, _Row] | None:
    evaluator = Evaluator((group,))
    try:
        old, new = (evaluator.table(formula, SHARP_DIGITS)[0] for formula in formulas)
    except Undefined:
        return None
    return old, new


def _apart(one: Decimal, other: Decimal) -> bool:
    with localcontext(comparing(SHARP_DIGITS)):
        return abs(one - other) > _APART * max(abs(one), abs(other))


def _opposite(old: _Row, new: _Row) -> Iterator[tuple[int, ...]]:
    for i, j in permutations(range(len(old)), 2):
        rises = old[j] > old[i] and _apart(old[i], old[j])
        if rises and not (new[j] > new[i] and _apart(new[i], new[j])):
            yield (i, j)


def _uneven(old: _Row, new: _Row) -> Iterator[tuple[int, ...]]:
    for i, j, k in combinations(range(len(old)), 3):
        one = (old[j] - old[i]) * (new[k] - new[i])
        other = (old[k] - old[i]) * (new[j] - new[i])
        if _apart(one, other):
            yield (i, j, k)


def _changes(
    old: str,
    new: str,
    group: Group,
    values: tuple[_Row, _Row],
    found: tuple[int, ...],
    symbols: Symbols,
) -> str:
    first, *rest = found
    start = group[first]
    parts = [f"From {show_point(start, symbols)}"]
    for at in rest:
        changes = [_shown(row[at] - row[first]) for row in values]
        moved = _listed(group[at], (*symbols.minimised, *symbols.free))
        parts.append(f"  to {moved}: {old} changes by {changes[0]}, {new} by {changes[1]}.")
    return "\n".join(parts)


def show_point(point: Point, symbols: Symbols) -> str:
    """List a point's values.

    Examples
    --------
    >>> symbols = Symbols(data=("y",), minimised=("y_hat",), fixed=("sigma",))
    >>> show_point(small_groups(symbols)[0][0], symbols)
    'n = 2, y = (1, 3), ŷ = (2, 2), sigma = 2'
    """
    return f"{symbols.size} = {point.n}, {_listed(point, (*symbols.vectors, *symbols.scalars))}"


def _listed(point: Point, names: tuple[str, ...]) -> str:
    return ", ".join(f"{shown(name)} = {_of(point, name)}" for name in names)


def _of(point: Point, name: str) -> str:
    if name in point.scalars:
        return _shown(point.scalars[name])
    return f"({', '.join(_shown(value) for value in point.vectors[name])})"


def _told_apart(one: Decimal, other: Decimal) -> tuple[str, str]:
    for digits in _DIGITS_TRIED:
        texts = _shown(one, digits), _shown(other, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _shown(number: Decimal, digits: int = 7) -> str:
    """Write a number as a person would, to so many digits.

    Examples
    --------
    >>> _shown(Decimal("2.500000000")), _shown(Decimal(100)), _shown(Decimal("1.5e-30"))
    ('2.5', '100', '1.5e-30')
    """
    rounded = number.normalize(comparing(digits))
    plain = -5 <= rounded.adjusted() <= 12
    return f"{rounded:f}" if plain or not rounded else f"{rounded:e}"
