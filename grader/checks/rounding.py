"""Estimate the rounding error of a reference's answer, so that 0 passes if it gave -2.8e-17.

``x - mean(x)`` of 0.1, 0.2, 0.3 is -2.8e-17 in the middle, or 0, or 1.4e-17, depending on the order
of the sum: all three are right, and none is close to another in relative terms. The size of such
noise depends on what cancels. The reference is therefore asked again, with its inputs and the
results of its own operations changed in their last bit, as if each had been rounded the other way
(Monte Carlo arithmetic, by Parker). The change of an answer is its noise; `_TIMES` the noise is its
slack. A likelihood of 1e-12 or 1e-300 changes only in its own last bits and gets no slack.

A run that takes another branch (an integer, a truth value, a text or a shape that differs, an
exception) or jumps says nothing about rounding, and is ignored.

References
----------
D. S. Parker, "Monte Carlo Arithmetic: exploiting randomness in floating-point arithmetic",
Technical Report CSD-970002, University of California, Los Angeles (1997).
"""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from grader.compare.shapes import as_array, shape_of, unwrap
from grader.guest.protocol.values import Value

DRAWS = 12
"""How often an answer that may be rounding noise is recomputed."""
NAME = "__rounded__"
"""The name of the `Rounding` in an instrumented program."""

_TIMES = 16  # another order of summation may lose more than the draws show
_SMALL = 1e-6  # of the largest number involved; noise of larger answers is within the tolerance
_JUMP = 2.0**-40  # of the largest number involved; a larger change is not rounding
_HUGE = 1e100
_DYADIC_BITS = 10

# Functions and methods of Python and numpy that return numbers without rounding.
_EXACT = frozenset(
    (
        *("abs", "absolute", "amax", "amin", "append", "arange", "argmax", "argmin", "argsort"),
        *("array", "asarray", "astype", "atleast_1d", "atleast_2d", "broadcast_to", "clip"),
        *("complex", "concatenate", "copy", "diag", "dict", "enumerate", "expand_dims", "eye"),
        *("fabs", "flatten", "float", "float64", "full", "full_like", "get", "hstack", "int"),
        *("isinstance", "item", "len", "list", "max", "maximum", "min", "minimum", "negative"),
        *("ones", "ones_like", "range", "ravel", "repeat", "reshape", "reversed", "set", "sign"),
        *("sort", "sorted", "squeeze", "stack", "tile", "tolist", "transpose", "tuple", "values"),
        *("vstack", "where", "zeros", "zeros_like", "zip"),
    )
)

What: TypeAlias = Literal["inexact", "most", "all"]
"""Which inputs are rounded: 0.1 but not 0.5 or 3; also those, but no 1 among probabilities; all."""
Rerun: TypeAlias = Callable[["Rounding"], Mapping[str, Any]]
"""Runs the instrumented program of the reference; returns the names that it defines."""


class Rounding:
    """Changes numbers at random, up or down, by their last bit.

    Parameters
    ----------
    seed : int
        Seed of the first draw.

    Attributes
    ----------
    largest : float
        The largest number rounded in this draw.
    """

    def __init__(self, seed: int) -> None:
        self.begin(seed)

    def begin(self, seed: int) -> None:
        """Start another draw."""
        self.largest = 0.0
        self._bits = random.Random(seed)  # noqa: S311  (nothing secret)
        self._seed = seed
        self._rng: np.random.Generator | None = None

    def __call__(self, value: Any, *, alone: bool = False) -> Any:
        """Return a float or, unless `alone`, an array of floats with changed last bits.

        Return every other value unchanged.
        """
        kind = type(value)
        if kind is float:
            self._note(abs(value))
            return value * (1.0 + self._sign() * 2.0**-52)
        if kind is complex:
            return complex(self(value.real), self(value.imag))
        if isinstance(value, (np.floating, np.complexfloating)):
            self._note(float(abs(value)))
            return kind(value * (1 + self._sign() * np.finfo(kind).eps))
        if kind is np.ndarray and value.dtype.kind in "fc" and value.ndim and not alone:
            return self._array(value)
        return value

    def input(self, value: Value, what: What) -> Value:
        """Return an input with changed last bits, also in lists, tuples and dicts.

        Rounded integers become floats.

        Examples
        --------
        >>> Rounding(0).input([0.5, 3, "a"], "inexact")
        [0.5, 3, 'a']
        """
        if isinstance(value, (list, tuple)):
            # The numbers next to a 1 show whether it is a probability; "inexact" needs no others.
            whole = None if what == "inexact" or shape_of(value) is None else as_array(value)
            if whole is None:
                return type(value)(self.input(item, what) for item in value)
            return type(value)(self._input_array(whole, what).tolist())
        if isinstance(value, dict):
            return {key: self.input(item, what) for key, item in value.items()}
        if type(value) is np.ndarray:
            return self._input_array(value, what)
        if type(value) not in (int, float) or not abs(value) < 2**53:
            return value
        return self._input_array(np.array([value]), what).tolist()[0]

    def _input_array(self, array: np.ndarray, what: What) -> np.ndarray:
        if array.dtype.kind not in "iuf" or (array.dtype.kind != "f" and what == "inexact"):
            return array
        wide = array if array.dtype.kind == "f" else array.astype(float)
        rounded = self._array(wide)
        with np.errstate(all="ignore"):
            if what == "inexact":
                scaled = wide * 2**_DYADIC_BITS
                rounded = np.where(scaled == np.round(scaled), wide, rounded)
            elif what == "most" and np.all((wide >= 0) & (wide <= 1)):
                rounded = np.where(wide == 1, wide, rounded)
        return np.asarray(rounded)

    def answer(self, value: Value, slack: Value) -> Value:
        """Return an answer as right as `value`: with changed last bits and random noise."""
        if isinstance(value, (list, tuple)):
            spare = [None] * len(value) if slack is None else slack
            pairs = zip(value, spare, strict=True)
            return type(value)(self.answer(*pair) for pair in pairs)
        if isinstance(value, dict):
            spare = {} if slack is None else slack
            return {key: self.answer(item, spare.get(key)) for key, item in value.items()}
        value = self(value)
        if slack is None or not np.any(slack):
            return value
        signs = self._signs(np.shape(slack))
        return value + signs * np.asarray(slack) / _TIMES

    def _signs(self, shape: tuple[int, ...]) -> np.ndarray:
        if self._rng is None:  # made on demand: it takes longer than most draws
            self._rng = np.random.default_rng(self._seed)
        return self._rng.integers(0, 2, shape) * 2 - 1

    def _array(self, array: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            sizes = np.abs(array)
            self._note(float(np.max(sizes, initial=0.0, where=sizes < _HUGE)))
            signs = self._signs(array.shape)
            rounded: np.ndarray = array * (1 + signs * np.finfo(array.dtype).eps)
            return rounded.astype(array.dtype, copy=False)

    def _sign(self) -> int:
        return 1 if self._bits.getrandbits(1) else -1

    def _note(self, size: float) -> None:
        if self.largest < size < _HUGE:
            self.largest = float(size)


def _is_dyadic(value: Value) -> bool:
    """Return whether a float is likely to be exact, like 0.5 and 3.0 and unlike 0.1."""
    return type(value) is float and math.isfinite(value) and (value * 2**_DYADIC_BITS) % 1 == 0


# Answers


@dataclass(frozen=True, slots=True)
class Other:
    """An answer that was recomputed with other roundings."""

    value: Value
    """The answer."""
    largest: float
    """The largest rounded number."""
    ones: bool = False
    """Whether probabilities of 1 were rounded. An expected 0 then gets no slack: ``1 - p`` is
    exactly 0 for p = 1."""


def slack_among(expected: Value, others: Sequence[Other], rtol: float, most: float) -> Value:
    """Return the possible rounding error of each number of an answer.

    Parameters
    ----------
    expected : Value
        The answer.
    others : sequence of Other
        The answers with other roundings.
    rtol : float
        Accepted relative error; errors within it need no slack.
    most : float
        Upper limit of a slack.

    Returns
    -------
    Value
        In the form of `expected`, with 0 for numbers that need none; None if no number does.
    """
    numbers = _Numbers.of(expected)
    top = max([numbers.largest, *(other.largest for other in others)])
    small = numbers.flat < _SMALL * top
    noise = np.zeros(numbers.flat.size)
    for other in others:
        off = numbers.distance(_Numbers.of(other.value))
        if off is None or np.any(off[small] > _JUMP * max(numbers.largest, other.largest)):
            continue
        if other.ones:
            off = np.where(numbers.flat == 0, 0.0, off)
        noise = np.maximum(noise, off)
    with np.errstate(all="ignore"):
        slack = np.where(noise > 0, 2.0 ** np.ceil(np.log2(_TIMES * noise)), 0.0)
        slack = np.minimum(slack, most)
        slack = np.where(small & (slack > rtol * numbers.flat), slack, 0.0)
    return numbers.form_of(slack) if slack.any() else None


def may_be_noise(expected: Value, inputs: Sequence[Value]) -> bool:
    """Return whether an answer holds a float far smaller than the numbers it may come from."""
    numbers = _Numbers.of(expected)
    if not numbers.flat.size:
        return False
    top = max(1.0, numbers.largest, *(_Numbers.of(each, whole=True).largest for each in inputs))
    return bool(np.min(numbers.flat) < _SMALL * top)


@dataclass(frozen=True)
class _Numbers:
    """The floats of a value, separated from the rest of it."""

    raw: np.ndarray
    """The floats."""
    flat: np.ndarray
    """Their absolute values."""
    rest: Any
    """Equal for two values that differ only in their floats."""
    value: Value
    """The whole value."""

    @classmethod
    def of(cls, value: Value, *, whole: bool = False) -> _Numbers:
        """Separate the floats of a value; with `whole`, integers count as floats."""
        found: list[np.ndarray] = []
        rest = _taken_apart(value, found, whole=whole)
        raw = np.concatenate(found) if found else np.zeros(0)
        with np.errstate(all="ignore"):
            return cls(raw, np.abs(raw), rest, value)

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return float(np.max(self.flat, initial=0.0, where=self.flat < _HUGE))

    def distance(self, other: _Numbers) -> np.ndarray | None:
        """Return the distance of each float to another value's; None if anything else differs."""
        if self.rest != other.rest:
            return None
        with np.errstate(all="ignore"):
            off = np.abs(self.raw - other.raw)
        alike = (self.raw == other.raw) | (np.isnan(self.raw) & np.isnan(other.raw))
        off = np.where(alike, 0.0, off)
        return off if np.all(np.isfinite(off)) else None

    def form_of(self, flat: np.ndarray) -> Value:
        """Return these numbers in the form of the value, with 0 for everything else."""
        return _put_together(self.value, iter(flat.tolist()))


def _taken_apart(value: Value, found: list[np.ndarray], *, whole: bool) -> Any:
    value = unwrap(value)
    if isinstance(value, (list, tuple)):
        return type(value), [_taken_apart(item, found, whole=whole) for item in value]
    if isinstance(value, dict):
        items = [_taken_apart(item, found, whole=whole) for item in value.values()]
        return list(value), items
    array = np.asarray(value) if _is_number(value, whole=whole) else value
    if not isinstance(array, np.ndarray):
        return type(value), value
    if array.dtype.kind in ("iufc" if whole else "fc"):
        found.append(array.reshape(-1).astype(complex if array.dtype.kind == "c" else float))
        return array.shape
    return array.shape, array.dtype.kind, array.tobytes()


def _is_number(value: Value, *, whole: bool) -> bool:
    if type(value) is int:
        return whole and abs(value) < 2**1000
    return type(value) in (float, complex)


def _put_together(value: Value, parts: Iterator[float]) -> Value:
    value = unwrap(value)
    if isinstance(value, (list, tuple)):
        return [_put_together(item, parts) for item in value]
    if isinstance(value, dict):
        return {key: _put_together(item, parts) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        has_own = value.dtype.kind in "fc"
        return np.reshape([next(parts) if has_own else 0.0 for _ in range(value.size)], value.shape)
    return next(parts) if type(value) in (float, complex) else 0.0


# Programs


def instrumented(source: str) -> ast.Module:
    """Return a program in which `NAME` rounds results, constants and attributes."""
    tree = ast.parse(source)
    _Instrument().visit(tree)
    return ast.fix_missing_locations(tree)


# Only these parts are visited: not the targets of assignments, nor text for people.
_ENTERED: Mapping[type[ast.AST], tuple[str, ...]] = {
    ast.AnnAssign: ("value",),
    ast.Assign: ("value",),
    ast.Delete: (),
    ast.For: ("iter", "body", "orelse"),
    ast.FunctionDef: ("body", "args"),
    ast.JoinedStr: (),
    ast.arg: (),
    ast.comprehension: ("iter", "ifs"),
    ast.match_case: ("guard", "body"),
}


class _Instrument(ast.NodeTransformer):
    """Wraps computed values in calls of `NAME`; targets of assignments stay unchanged."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        return _rounded(self.generic_visit(node))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Attribute):  # in `self.w.sort()`, `self.w` must be no copy
            node.func.value = self._made(node.func.value)
        else:
            node.func = self._made(node.func)
        node.args = [self.visit(each) for each in node.args]
        node.keywords = [self.visit(each) for each in node.keywords]
        return node if _name_of(node.func) in _EXACT else _rounded(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        node.value = self._made(node.value)
        return _rounded(node, alone=True) if isinstance(node.ctx, ast.Load) else node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        is_exact = type(node.value) is not float or _is_dyadic(node.value)
        return node if is_exact else _rounded(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        node.slice = self.visit(node.slice)
        node.value = self._made(node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        node.value = _rounded(self.visit(node.value))
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if type(node) not in _ENTERED:
            return super().generic_visit(node)
        for name in _ENTERED[type(node)]:
            part = getattr(node, name)
            if isinstance(part, list):
                part = [self.visit(each) for each in part]
            setattr(node, name, self.visit(part) if isinstance(part, ast.AST) else part)
        return node

    def _made(self, node: ast.expr) -> Any:
        """Visit an expression that makes a new value, which may be replaced by a copy."""
        return self.visit(node) if isinstance(node, (ast.BinOp, ast.Call, ast.UnaryOp)) else node


def _name_of(function: ast.expr) -> str:
    """Return the last part of a function's name."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _rounded(node: Any, *, alone: bool = False) -> ast.expr:
    keywords = [ast.keyword("alone", ast.Constant(True))] if alone else []
    call = ast.Call(ast.Name(NAME, ast.Load()), [node], keywords)
    return ast.copy_location(call, node)
