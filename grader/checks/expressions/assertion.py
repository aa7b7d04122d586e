"""Assertions in exercises, such as ``kl(p, q) >= 0``.

An assertion is a Python expression that is true or false. It is the author's code and runs on the
trusted side. The comparisons that decide it are judged with the check's tolerance:

==============  ===================================================================================
``==``, ``!=``  same kind, same shape, equal within the tolerance of either side
``<=``, ``>=``  hold for every element, with the tolerance as slack
``<``, ``>``    hold for every element, without slack
==============  ===================================================================================

A comparison decides if it is at the top, below ``and``, ``or``, ``not`` and ``if else``, or inside
``all(...)`` and ``any(...)``; elsewhere (``p[p > 0]``) Python compares. No comparison holds for NaN
or for an empty array, and arrays of different shapes are not broadcast.
"""

from __future__ import annotations

import ast
import builtins
import math
import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from grader.compare import Tolerance, agree
from grader.compare.describe import describe_pair
from grader.compare.shapes import as_array, unwrap
from grader.compare.tolerance import judge_numbers
from grader.guest.protocol.values import Value

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_BUILTINS = (
    *("abs", "all", "any", "bool", "complex", "dict", "enumerate", "float", "int", "isinstance"),
    *("len", "list", "max", "min", "pow", "range", "reversed", "round", "set", "sorted", "str"),
    *("sum", "tuple", "zip"),
)
_JUDGE = "__judge__"
_TINY = 1e-6
_RESHAPING = frozenset({"ravel", "reshape", "squeeze"})
_RESHAPING_METHODS = _RESHAPING | {"flatten"}
_KEEPING = frozenset({"array", "asarray"})
_QUANTIFIERS = frozenset({"all", "any"})


Place: TypeAlias = tuple[int, ...]
Turn: TypeAlias = tuple[Place, int]
"""A comparison: its place in the assertion, and how many times it has been judged."""
Pair: TypeAlias = tuple[np.ndarray, np.ndarray]
Sides: TypeAlias = Mapping[Turn, Pair]
Slacks: TypeAlias = Mapping[Turn, np.ndarray]
_NO_SLACK: Slacks = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison that does not hold, with its two sides."""

    operator: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether an assertion holds and, if not, its first comparison that does not."""

    holds: bool
    failed: Comparison | None = None

    @property
    def sides(self) -> str:
        """The two sides of the failed comparison, as the end of a sentence."""
        if self.failed is None:
            return ""
        left, right = describe_pair(unwrap(self.failed.left), unwrap(self.failed.right))
        return f": left of `{self.failed.operator}` is {left}, right is {right}"


def readable_assertion(text: str) -> str:
    """Return the text of an assertion; ValueError if it cannot be read."""
    Assertion.read(text)
    return text


def is_number(value: Value) -> bool:
    """Return whether a value is one finite real number; a bool is not."""
    value = unwrap(value)
    if type(value) is int:
        return True
    return type(value) is float and math.isfinite(value)


def is_distribution(value: Value, atol: float = 1e-9) -> bool:
    """Return whether a value is a list, tuple or 1-d array of probabilities that sum to 1."""
    array = as_array(value) if isinstance(value, (list, tuple, np.ndarray)) else None
    if array is None or array.ndim != 1 or array.dtype.kind not in "iuf":
        return False
    with np.errstate(all="ignore"):
        return bool(np.all(array >= 0) and abs(array.sum(dtype=float) - 1) <= atol)


@dataclass(frozen=True)
class Assertion:
    """A compiled assertion."""

    text: str
    """As the author wrote it."""
    free_names: tuple[str, ...]
    """The names that it does not bind and that are not common ones, in the order of the text."""
    code: CodeType
    """The compiled expression."""
    shapeless: frozenset[str] = frozenset()
    """Names whose shape does not matter, because every use reshapes it, as in
    ``np.ravel(f(x))``."""

    def feeds_back(self, asked: Collection[str]) -> bool:
        """Return whether the answer of one of the names `asked` may be an argument of another."""
        tree = parse_expression(self.text)
        if any(isinstance(node, ast.Lambda) for node in ast.walk(tree)):
            return True
        tainted = _tainted(tree, set(asked))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        return any(
            isinstance(call.func, ast.Name)
            and call.func.id in asked
            and any(_names(arg) & tainted for arg in (*call.args, *call.keywords))
            for call in calls
        )

    @staticmethod
    @lru_cache(1024)  # a check reads its assertion when it is loaded and when it is prepared
    def read(text: str) -> Assertion:
        """Compile an assertion; ValueError if it is not a Python expression."""
        tree = parse_expression(text)
        names, shapeless = names_in(tree), _shapeless(tree)
        return Assertion(text, names, _compile(tree), shapeless)  # compiling rewrites the tree

    def judge(
        self, names: Mapping[str, Any], tolerance: Tolerance, slacks: Slacks = _NO_SLACK
    ) -> Outcome:
        """Return whether the assertion holds.

        Parameters
        ----------
        names : Mapping of str to object
            The values of its names, in addition to the common ones.
        tolerance : Tolerance
            Tolerance of the comparisons that decide it.
        slacks : Mapping
            Possible rounding error between the two sides of each comparison.

        Raises
        ------
        Exception
            Any error of the evaluation; TypeError if the value is neither true nor false.
        """
        judge = _Judge(tolerance, slacks)
        value = self._evaluate(names, judge)
        if not isinstance(value, bool):
            raise TypeError(f"`{self.text}` is {type(value).__name__}, neither True nor False")
        return Outcome(value, None if value else judge.failed)

    def sides(self, names: Mapping[str, Any], tolerance: Tolerance) -> Sides:
        """Return the two sides of the comparisons of numbers that decide it, by their places.

        A comparison of two sides far smaller than 1 counts as true here, so that the evaluation
        goes on.
        """
        taken: dict[Turn, Pair] = {}
        self._evaluate(names, _Judge(tolerance, {}, taken))
        return taken

    def _evaluate(self, names: Mapping[str, Any], judge: _Judge) -> Value:
        scope = {**COMMON_NAMES, **names, _JUDGE: judge}
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return unwrap(eval(self.code, scope))  # noqa: S307 - the author's own code


def names_in(tree: ast.AST) -> tuple[str, ...]:
    """Return the names that an expression does not bind and that are not common ones, in order."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    bound = {node.id for node in found if isinstance(node.ctx, ast.Store)}
    common = {"reference", *COMMON_NAMES, *_BUILTINS, *bound, *_arguments(tree)}
    return tuple(dict.fromkeys(node.id for node in found if node.id not in common))


def _arguments(tree: ast.AST) -> Iterator[str]:
    """Yield the arguments of functions that an expression makes with `lambda`."""
    return (node.arg for node in ast.walk(tree) if isinstance(node, ast.arg))


def _import_for_numpy(name: str, *rest: Any) -> Any:
    """Import a part of numpy, whose C code imports with the builtins of its caller (`x.sum()`)."""
    if name.partition(".")[0] != "numpy":
        raise NameError("name '__import__' is not defined")
    return __import__(name, *rest)


COMMON_NAMES: Mapping[str, Any] = {
    "__builtins__": {
        **{name: getattr(builtins, name) for name in _BUILTINS},
        "__import__": _import_for_numpy,
    },
    "np": np,
    "math": math,
    "is_number": is_number,
    "is_distribution": is_distribution,
}
"""The common names, which every author's expression may use."""

EVERYWHERE = (*(name for name in COMMON_NAMES if name.isidentifier()), *_BUILTINS, "reference")
"""The common names that an author would write."""


def parse_expression(text: str) -> ast.Expression:
    """Return the syntax tree of a Python expression; ValueError if the text is not one."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = getattr(error, "msg", str(error))
        raise ValueError(f"`{text}` is not a Python expression: {_slip(text) or why}") from error
    if any(_is_power(node) for node in ast.walk(tree)):
        raise ValueError(f"`{text}`: `^` is not a power in Python: write `**`")
    return tree


_SLIPS = (
    (re.compile(r"&&"), "write `and` for `&&`"),
    (re.compile(r"\|\|"), "write `or` for `||`"),
    (re.compile(r"!(?!=)"), "write `not` for `!`"),
    (re.compile(r"[<>=!]{3}|=[<>]"), "comparisons are `==`, `!=`, `<`, `<=`, `>` and `>=`"),
    (re.compile(r"[≤≥≠·×−]"), "write `<=`, `>=`, `!=`, `*` and `-` for the signs of mathematics"),
    (re.compile(r"\\[a-zA-Z]+"), "this is LaTeX: write it in Python, such as `np.log(x) <= 1`"),
    (re.compile(r"(?<![<>=!])=(?!=)"), "write `==` to compare, not `=`"),
    (re.compile(r"\d[A-Za-z_]|\)\(|\d\("), "write the `*` of a product, as in `2 * x`"),
)


def _slip(text: str) -> str:
    """Return advice on the first common slip in a text; empty if there is none."""
    return next((advice for slip, advice in _SLIPS if slip.search(text)), "")


def _is_power(node: ast.AST) -> bool:
    """Return whether an operand of `^` is a number, so that a power must be meant."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.BitXor):
        return False
    sides = (node.left, node.right)
    return any(
        isinstance(side, ast.Constant) and type(side.value) in (int, float) for side in sides
    )


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _tainted(tree: ast.AST, tainted: set[str]) -> set[str]:
    """Return the tainted names and those bound to them by a comprehension or ``:=``."""
    bindings: list[tuple[ast.expr, ast.expr]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.comprehension):
            bindings.append((node.target, node.iter))
        elif isinstance(node, ast.NamedExpr):
            bindings.append((node.target, node.value))
    for _ in bindings:  # the longest possible chain
        for target, source in bindings:
            if _names(source) & tainted:
                tainted = tainted | _names(target)
    return tainted


def _shapeless(tree: ast.AST) -> frozenset[str]:
    """Return the names of which every use changes the shape."""
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    changed = {id(name) for call in calls if (name := _name_reshaped_by(call)) is not None}
    if not changed:
        return frozenset()
    names = [node for node in nodes if isinstance(node, ast.Name)]
    others = {node.id for node in names if id(node) not in changed}
    return frozenset(node.id for node in names) - others


def _name_reshaped_by(call: ast.Call) -> ast.Name | None:
    """Return the name in ``np.ravel(name(...))`` or ``name.ravel()``, else None."""
    inner = _argument_of(call, _RESHAPING)
    if inner is None and isinstance(call.func, ast.Attribute):
        inner = call.func.value if call.func.attr in _RESHAPING_METHODS else None
    while inner is not None and (kept := _argument_of(inner, _KEEPING)) is not None:
        inner = kept
    if isinstance(inner, ast.Call):
        inner = inner.func
    return inner if isinstance(inner, ast.Name) else None


def _argument_of(node: ast.expr, functions: Collection[str]) -> ast.expr | None:
    """Return the first argument of a call of one of these numpy functions, else None."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=attr), args=[first, *_]):
            return first if attr in functions else None
    return None


def _compile(tree: ast.Expression) -> CodeType:
    judged = ast.Expression(_deciding(tree.body))
    return compile(ast.fix_missing_locations(judged), "<assertion>", "eval")


def _deciding(node: ast.expr) -> ast.expr:
    """Return a node whose deciding comparisons call the judge."""
    match node:
        case ast.Compare():
            return _judged(node)
        case ast.BoolOp():
            node.values = [_deciding(value) for value in node.values]
        case ast.UnaryOp(op=ast.Not()):
            node.operand = _deciding(node.operand)
        case ast.IfExp():
            node.body, node.orelse = _deciding(node.body), _deciding(node.orelse)
        case ast.Call(func=ast.Name(id=name), args=[only], keywords=[]) if name in _QUANTIFIERS:
            return _quantified(node, name, only)
    return node


def _quantified(node: ast.Call, name: str, only: ast.expr) -> ast.expr:
    if isinstance(only, (ast.GeneratorExp, ast.ListComp)):
        only.elt = _deciding(only.elt)
    elif name == "all" and isinstance(only, ast.Compare):
        return _deciding(only)  # a comparison must hold for every element anyway
    return node


def _judged(node: ast.Compare) -> ast.expr:
    if not all(type(operator) in _OPERATORS for operator in node.ops):
        return node
    place = ast.Tuple([ast.Constant(node.lineno), ast.Constant(node.col_offset)], ast.Load())
    names = [ast.Constant(_OPERATORS[type(operator)]) for operator in node.ops]
    sides = [node.left, *node.comparators]
    return ast.Call(
        ast.Name(_JUDGE, ast.Load()),
        [place, ast.Tuple([*names], ast.Load()), *sides],
        keywords=[],
    )


class _Judge:
    """Judges the comparisons of one assertion, and keeps the first that does not hold.

    With `taken`, it also records the sides of all comparisons there.
    """

    def __init__(
        self, tolerance: Tolerance, slacks: Slacks, taken: dict[Turn, Pair] | None = None
    ) -> None:
        self._tolerance = tolerance
        self._slacks = slacks
        self._turns: Counter[Place] = Counter()
        self._slack: np.ndarray | None = None
        self.taken = taken
        self.failed: Comparison | None = None

    def __call__(self, place: Place, operators: tuple[str, ...], *sides: Value) -> bool:
        for index, operator in enumerate(operators):
            left, right = sides[index], sides[index + 1]
            if self._slacks or self.taken is not None:
                turn = self._turn((*place, index))
                if self._takes(turn, left, right):
                    continue
                self._slack = self._slacks.get(turn)
            if not self._holds(operator, left, right):
                self.failed = self.failed or Comparison(operator, left, right)
                return False
        return True

    def _turn(self, place: Place) -> Turn:
        """Return the comparison at a place, with how many times it has been judged."""
        self._turns[place] += 1
        return place, self._turns[place]

    def _takes(self, turn: Turn, left: Value, right: Value) -> bool:
        """Record the two sides if asked to; return whether the comparison counts as true."""
        if self.taken is None:
            return False
        one, other = _as_numbers(left), _as_numbers(right)
        if one is None or other is None:
            return False
        if one.shape != other.shape and one.ndim and other.ndim:
            return False
        self.taken[turn] = pair = (one, other)
        return bool(np.max([np.max(np.abs(each), initial=0.0) for each in pair]) < _TINY)

    def _holds(self, operator: str, left: Value, right: Value) -> bool:
        match operator:
            case "==":
                return self._equal(left, right)
            case "!=":
                whole = agree(left, left) and agree(right, right)  # no NaN
                return whole and not self._equal(left, right)
            case ">" | ">=":
                left, right = right, left
        return self._ordered(left, right, strict=operator in "<>")

    def _equal(self, left: Value, right: Value) -> bool:
        return self._follows(left, right) or agree(right, left, self._tolerance)

    def _follows(self, left: Value, right: Value) -> bool:
        return agree(left, right, self._tolerance) or self._near(left, right)

    def _near(self, left: Value, right: Value) -> bool:
        """Return whether two sides of one shape differ by no more than tolerance and slack."""
        if self._slack is None:
            return False
        one, other = _as_numbers(left), _as_numbers(right)
        if one is None or other is None or one.shape != other.shape:
            return False
        return bool(self._each_near(one, other).all())

    def _each_near(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        near = judge_numbers(one.reshape(-1), other.reshape(-1), self._tolerance)
        if self._slack is not None and self._slack.size == near.size:
            near |= np.abs(one - other).reshape(-1) <= self._slack
        return near

    def _ordered(self, left: Value, right: Value, *, strict: bool) -> bool:
        left, right = unwrap(left), unwrap(right)
        if type(left) in (int, float) and type(right) in (int, float):
            return left < right or (not strict and self._follows(left, right))
        one, other = _numbers(left), _numbers(right)
        if one.shape != other.shape:
            if one.ndim and other.ndim:
                raise TypeError(f"cannot order arrays of shapes {one.shape} and {other.shape}")
            one, other = np.broadcast_arrays(one, other)
        below = one.reshape(-1) < other.reshape(-1)
        if not strict:
            below |= self._each_near(one, other)
        return bool(below.size and below.all())


def _as_numbers(value: Value) -> np.ndarray | None:
    """Return a number or a rectangular array of numbers as floats; None for anything else."""
    value = unwrap(value)
    if type(value) in (int, float, complex):
        alone = as_array([value])
        array = None if alone is None else alone.reshape(())
    else:
        array = as_array(value) if isinstance(value, (list, tuple, np.ndarray)) else None
    if array is None or array.dtype.kind == "b":
        return None
    return array.astype(complex if array.dtype.kind == "c" else float)


def _numbers(value: Value) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"only real numbers can be ordered, not {type(value).__name__}")
    return array
