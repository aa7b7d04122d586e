"""Compares an answer with the expected value: how many places differ, where, and by how much.

Kinds are compared first, then shapes, then values. The arguments are always in the order `actual`,
`expected`. Nothing is broadcast, bools and strings are not numbers, and NaN passes only if the
exercise says so. Differences of style pass: a list or a tuple for an array of the same shape and an
array for a list, an int for a float, a 0-d array for a number. Numbers that are keys of a dict or
members of a set match to 1e-9. An actual value is plain data from the wire; no object of a student
gets here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np

from grader.compare.describe import describe
from grader.compare.dict_keys import match_keys
from grader.compare.mismatch import Differing, Mismatch, Spot, summarise
from grader.compare.shapes import as_array, is_sequence, leaves, shape_of, spare_axes, unwrap
from grader.compare.tolerance import (
    Tolerance,
    is_plain,
    judge_exactly,
    judge_numbers,
    measure_errors,
    needs_exact,
)
from grader.guest.protocol.values import Opaque, Value
from grader.text import safe_text

_DEFAULT = Tolerance()
_NUMBERS = (int, float, complex)
_SHORT = 64  # up to this many numbers, a loop is faster than an array
_MISSING = frozenset({"NAType", "NaTType"})  # pandas' names
# Finite iterators; others have names that end in `iterator`.
_ITERATORS = frozenset(
    (
        *("generator", "map", "zip", "filter", "enumerate", "reversed", "accumulate", "batched"),
        *("chain", "combinations", "combinations_with_replacement", "compress", "dropwhile"),
        *("filterfalse", "groupby", "islice", "pairwise", "permutations", "product", "starmap"),
        *("takewhile", "zip_longest", "flatiter"),
    )
)
_GATHERED: dict[type, str] = {dict: "dict()", set: "set()"}
_NOUNS: dict[type, str] = {
    int: "number",
    float: "number",
    complex: "number",
    str: "string",
    bytes: "bytes",
    list: "list",
    tuple: "tuple",
    dict: "dict",
    set: "set",
}


def compare(
    actual: Value, expected: Value, tolerance: Tolerance = _DEFAULT, slack: Value = None
) -> Mismatch | None:
    """Compare an answer with the expected value.

    Parameters
    ----------
    actual : Value
        The answer, as it came from the wire.
    expected : Value
        The right answer; may contain numpy scalars.
    tolerance : Tolerance
        Accepted error.
    slack : Value
        Rounding error of each number, in the form of `expected`; None if it is less than the
        tolerance, as it almost always is.

    Returns
    -------
    Mismatch or None
        None if the answer is right.

    Examples
    --------
    >>> compare([1, 2.0000001], np.array([1.0, 2.0]))
    >>> print(compare(0.25, 0.5))
    is 0.25, expected 0.5 (off by 50 %)
    >>> compare(0.0, -2.8e-17, slack=4e-16)
    >>> print(compare(0.1, -2.8e-17, slack=4e-16))
    is 0.1, expected 0 up to rounding (off by 0.1)
    >>> print(compare([0.5, 0.25, 0], [0.5, 0.5, 1]))  # doctest: +NORMALIZE_WHITESPACE
    differs at 2 of 3 places; first at [1]: expected 0.5, got 0.25 (off by 50 %);
    worst at [2]: expected 1, got 0 (off by 100 %)
    >>> print(compare(np.zeros(3), np.zeros((2, 3))))
    has shape (3,), expected shape (2, 3)
    >>> print(compare(True, 1))
    is True, expected the number 1
    >>> print(compare({"a": 1}, {"a": 1, "b": 2}))
    lacks the key 'b'
    """
    if _plain_verdict(actual, expected, tolerance):
        return None
    differing: list[Differing] = []
    for finding in _differences(actual, expected, tolerance, "", slack):
        if isinstance(finding, Mismatch):
            return finding
        differing.append(finding)
    return summarise(differing, sum(1 for _ in leaves(expected))) if differing else None


def agree(
    actual: Value, expected: Value, tolerance: Tolerance = _DEFAULT, slack: Value = None
) -> bool:
    """Return whether `compare` finds no difference, without describing one.

    Examples
    --------
    >>> agree([1, 2.0000001], np.array([1.0, 2.0])), agree(True, 1)
    (True, False)
    """
    verdict = _plain_verdict(actual, expected, tolerance)
    if verdict or (verdict is False and slack is None):
        return verdict
    return next(_differences(actual, expected, tolerance, "", slack), None) is None


def is_vacuous(expected: Value, tolerance: Tolerance, slack: Value = None) -> bool:
    """Return whether `atol` alone would accept 0 for an expected number that is not 0.

    A number within its slack is 0 up to rounding, and is not counted.

    Examples
    --------
    >>> is_vacuous({"a": 0.009, "b": 0.125}, Tolerance(atol=0.01))
    True
    >>> is_vacuous({"a": 0.009, "b": 0.0}, Tolerance(atol=0.0005))
    False
    """
    spare = itertools.repeat(0.0) if slack is None else leaves(slack)
    return any(
        least < abs(leaf) <= tolerance.atol
        for leaf, least in zip(leaves(expected), spare, strict=False)
        if _is_number(leaf)
    )


def _plain_verdict(actual: Value, expected: Value, tolerance: Tolerance) -> bool | None:
    """Return whether two floats, or short rows of floats, agree; None for all else.

    This is a fast path for most values: with an array it takes ten times as long.
    """
    actual, expected = unwrap(actual), unwrap(expected)
    if is_plain(actual, expected):
        allowed: float = tolerance.atol + tolerance.rtol * abs(expected)
        return bool(abs(actual - expected) <= allowed)
    wanted, found = _row_of_floats(expected), _row_of_floats(actual)
    if wanted is None or found is None or len(found) != len(wanted):
        return None
    for one, other in zip(found, wanted, strict=True):
        verdict = True if one == other else _plain_verdict(one, other, tolerance)
        if not verdict:
            return verdict
    return True


def _row_of_floats(value: Value) -> Sequence[float] | None:
    """Return the items of a short list, tuple or array of floats; None for all else."""
    if type(value) is np.ndarray:
        few = value.ndim == 1 and value.dtype == float and value.size <= _SHORT
        return value.tolist() if few else None
    if type(value) not in (list, tuple) or len(value) > _SHORT:
        return None
    row = [each if type(each) is float else unwrap(each) for each in value]
    return row if all(type(each) is float for each in row) else None


def _differences(
    actual: Value, expected: Value, tolerance: Tolerance, where: str, slack: Value = None
) -> Iterator[Mismatch | Differing]:
    """Yield differences; the caller stops at the first mismatch of kind, shape or keys."""
    actual, expected = unwrap(actual), unwrap(expected)
    if _is_number(actual) and _is_number(expected):
        yield from _compare_numbers(actual, expected, tolerance, where, slack)
    elif is_sequence(actual) and is_sequence(expected):
        yield from _compare_sequences(actual, expected, tolerance, where, slack)
    elif type(actual) is not type(expected):
        yield _wrong_kind(actual, expected, where)
    elif isinstance(expected, dict):
        yield from _compare_dicts(actual, expected, tolerance, where, slack)
    elif isinstance(expected, set):
        yield from _compare_keys(actual, expected, where, "element")
    elif type(expected) not in (type(None), bool, str, bytes):
        yield _wrong_kind(actual, expected, where)
    elif actual != expected:
        spot = Spot(where, actual, expected)
        yield Differing(1, spot, spot)


def _is_number(value: Value) -> bool:
    return type(value) in _NUMBERS


def _at(where: str) -> str:
    return f"at {where} " if where else ""


def _wrong_kind(actual: Value, expected: Value, where: str) -> Mismatch:
    # pandas fills gaps with nan, in columns of text too
    gap = type(actual) is float and math.isnan(actual) and isinstance(expected, (str, bool))
    noun = "a missing value (nan)" if gap else noun_of(actual)
    text = f"{_at(where)}is {noun}, expected {noun_of(expected)}{_way_out(actual, expected)}"
    return Mismatch("kind", text, where)


def _way_out(actual: Value, expected: Value) -> str:
    """Return advice if one call converts the answer to the expected type, else nothing."""
    if isinstance(actual, Opaque):
        return _out_of_iterator(actual, expected)
    if type(actual) is str and type(expected) in _NUMBERS and _spells_number(actual):
        return ": use float() to turn it into a number"
    return _out_of_one(actual, expected)


def _out_of_iterator(actual: Opaque, expected: Value) -> str:
    """Return the call that collects the values of an iterator."""
    if not _is_iterator(actual.type_name):
        return ""
    if type(expected) in _NUMBERS:
        return ": use sum() or next() to get a number"
    if is_sequence(expected) or isinstance(expected, (dict, set)):
        return f": wrap it in {_GATHERED.get(type(expected), 'list()')}"
    return ""


def _is_iterator(type_name: str) -> bool:
    return type_name in _ITERATORS or type_name.endswith("iterator")


def _spells_number(text: str) -> bool:
    try:
        float(text[:100])
    except ValueError:
        return False
    return True


def _out_of_one(actual: Value, expected: Value) -> str:
    """Return how to get the only number or string out of an array or a list."""
    if not is_sequence(actual) or type(expected) not in (*_NUMBERS, bool, str):
        return ""
    shape = shape_of(actual)
    if not shape or set(shape) != {1}:
        return ""
    return ": use .item()" if type(actual) is np.ndarray else f": use {'[0]' * len(shape)}"


def noun_of(value: Value) -> str:
    """Return a noun phrase for a value.

    Examples
    --------
    >>> noun_of(10), noun_of(None), noun_of(np.zeros(3))
    ('the number 10', 'None', 'an array of shape (3,)')
    """
    if isinstance(value, Opaque):
        return _noun_of_object(safe_text(value.type_name, 80))
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if value is None or isinstance(value, bool):
        return describe(value)
    if type(value) is float:
        return f"the number {value:.6g}"
    return f"the {_NOUNS.get(type(value), 'object')} {describe(value, 80)}"


def _noun_of_object(type_name: str) -> str:
    if type_name in _MISSING:
        return f"a missing value ({type_name})"
    if type_name.startswith(("dict with ", "set with ")):
        return f"a {type_name}"
    if type_name == "generator":
        return "a generator"
    if _is_iterator(type_name):
        return f"a {type_name} object"
    return f"an object of type {type_name}"


# Numbers and arrays of numbers


def _compare_numbers(
    actual: complex, expected: complex, tolerance: Tolerance, where: str, slack: Value = None
) -> Iterator[Differing]:
    if actual == expected:
        return
    if slack is None and is_plain(actual, expected):
        yield from _compare_plainly(actual, expected, tolerance, where)
    elif not (needs_exact(actual) or needs_exact(expected)):
        arrays = np.atleast_1d(actual), np.atleast_1d(expected)
        yield from _compare_arrays(*arrays, tolerance, lambda _: where, slack)
    elif not judge_exactly(actual, expected, tolerance):
        spot = Spot(where, actual, expected)
        yield Differing(1, spot, spot)


def _compare_plainly(
    actual: complex, expected: complex, tolerance: Tolerance, where: str
) -> Iterator[Differing]:
    absolute, size = abs(actual - expected), abs(expected)
    allowed = tolerance.atol + tolerance.rtol * size
    if absolute > allowed:
        relative, severity = absolute / size, absolute / allowed if allowed else math.inf
        spot = Spot(where, actual, expected, absolute, relative, severity)
        yield Differing(1, spot, spot, absolute, relative)


def _compare_arrays(
    actual: np.ndarray,
    expected: np.ndarray,
    tolerance: Tolerance,
    name: Callable[[int], str],
    slack: Value = None,
) -> Iterator[Differing]:
    """Compare arrays of numbers, or of bools, of the same shape; `name` formats a flat index."""
    actual, expected = actual.reshape(-1), expected.reshape(-1)
    spare = None if slack is None else np.asarray(slack, dtype=float).reshape(-1)
    places = np.flatnonzero(~judge_numbers(actual, expected, tolerance, spare))
    if not places.size:
        return
    spare = np.zeros(places.size) if spare is None else spare[places]
    errors = measure_errors(actual[places], expected[places], tolerance, spare)
    zero = (spare > 0) & (np.abs(expected[places]) <= spare)

    def spot(index: int) -> Spot:
        errs = (errors.absolute[index], errors.relative[index], errors.severity[index])
        absolute, relative, severity = map(float, errs)
        values = actual[places[index]].item(), expected[places[index]].item()
        where = name(int(places[index]))
        return Spot(where, *values, absolute, relative, severity, bool(zero[index]))

    worst = int(np.argmax(errors.severity))
    largest = float(errors.absolute.max()), float(errors.relative.max())
    yield Differing(places.size, spot(0), spot(worst), *largest)


# Sequences


def _compare_sequences(
    actual: Value, expected: Value, tolerance: Tolerance, where: str, slack: Value
) -> Iterator[Mismatch | Differing]:
    shapes = shape_of(actual), shape_of(expected)
    if None in shapes:
        yield from _compare_items(actual, expected, tolerance, where, slack)
    elif shapes[0] != shapes[1]:
        yield _wrong_shape(actual, shapes[0], shapes[1], where)
    else:
        # Not before: lists that contain one large array many times must not be stacked.
        yield from _compare_rectangles(actual, expected, tolerance, where, slack)


def _wrong_shape(
    actual: Value, found: tuple[int, ...] | None, wanted: tuple[int, ...] | None, where: str
) -> Mismatch:
    text = f"{_at(where)}has shape {found}, expected shape {wanted}"
    if found is not None and wanted is not None and spare_axes(found, wanted):
        call = "ravel()" if len(wanted) == 1 else "squeeze()"
        use = f".{call}" if type(actual) is np.ndarray else f"np.{call[:-1]}...)"
        text = f"{_at(where)}has shape {found}, expected {wanted}: use {use}"
    return Mismatch("shape", text, where)


def _compare_rectangles(
    actual: Value, expected: Value, tolerance: Tolerance, where: str, slack: Value
) -> Iterator[Mismatch | Differing]:
    one, other = as_array(actual), as_array(expected)
    if one is None or other is None:
        yield from _compare_items(actual, expected, tolerance, where, slack)
    elif other.size and (one.dtype.kind == "b") is not (other.dtype.kind == "b"):
        kinds = ["truth values" if array.dtype.kind == "b" else "numbers" for array in (one, other)]
        yield Mismatch("kind", f"{_at(where)}holds {kinds[0]}, expected {kinds[1]}", where)
    else:
        shape = other.shape

        def name(index: int) -> str:
            return where + _index_text(index, shape)

        yield from _compare_arrays(one, other, tolerance, name, slack)


def _index_text(index: int, shape: tuple[int, ...]) -> str:
    return f"[{', '.join(str(i) for i in np.unravel_index(index, shape))}]"


def _compare_items(
    actual: Sequence[Value],
    expected: Sequence[Value],
    tolerance: Tolerance,
    where: str,
    slack: Value,
) -> Iterator[Mismatch | Differing]:
    # Not converted: as a list, an array of 64 MiB takes gigabytes.
    if len(actual) != len(expected):
        text = f"{_at(where)}has {len(actual)} items, expected {len(expected)}"
        yield Mismatch("shape", text, where)  # the last difference that is read
    for index, (one, other) in enumerate(zip(actual, expected, strict=False)):
        spare = None if slack is None else slack[index]
        yield from _differences(one, other, tolerance, f"{where}[{index}]", spare)


# Dicts and sets


def _compare_dicts(
    actual: dict[Value, Value],
    expected: dict[Value, Value],
    tolerance: Tolerance,
    where: str,
    slack: Value,
) -> Iterator[Mismatch | Differing]:
    yield from _compare_keys(actual, expected, where, "key")
    for key, wanted in match_keys(actual, expected).pairs:
        place = f"{where}[{describe(wanted, 40)}]"
        spare = None if slack is None else slack[wanted]
        yield from _differences(actual[key], expected[wanted], tolerance, place, spare)


def _compare_keys(
    actual: Collection[Value], expected: Collection[Value], where: str, noun: str
) -> Iterator[Mismatch]:
    matched = match_keys(actual, expected)
    parts = []
    if matched.missing:
        parts.append(f"lacks {_some(matched.missing, noun)}")
    if matched.extra:
        parts.append(f"has {_some(matched.extra, noun)} that should not be there")
    if parts:
        yield Mismatch("keys", _at(where) + " and ".join(parts), where)


def _some(keys: list[Value], noun: str) -> str:
    texts = sorted(describe(key, 40) for key in keys)  # a set has no order of its own
    shown = ", ".join(texts[:3])
    more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    return f"the {noun}{'s' if len(keys) > 1 else ''} {shown}{more}"
