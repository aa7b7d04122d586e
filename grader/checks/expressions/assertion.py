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
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

from grader.checks.expressions.comparison import (
    NO_SLACK,
    Comparison,
    Judge,
    Pair,
    Sides,
    Slacks,
    Turn,
)
from grader.checks.expressions.expression import evaluate, names_in, parse_expression
from grader.compare import Tolerance
from grader.compare.describe import describe_pair
from grader.compare.shapes import unwrap
from grader.guest.protocol.values import Value

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_JUDGE = "__judge__"
_RESHAPING = frozenset({"ravel", "reshape", "squeeze"})
_RESHAPING_METHODS = _RESHAPING | {"flatten"}
_KEEPING = frozenset({"array", "asarray"})
_QUANTIFIERS = frozenset({"all", "any"})


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
        self, names: Mapping[str, Any], tolerance: Tolerance, slacks: Slacks = NO_SLACK
    ) -> Outcome:
        """Return whether the assertion holds.

        `names` are the values of its names, in addition to the common ones; `slacks` are possible
        rounding errors between the sides of its comparisons. Any error of the evaluation is raised,
        and TypeError if the value is neither true nor false.
        """
        judge = Judge(tolerance, slacks)
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
        self._evaluate(names, Judge(tolerance, {}, taken))
        return taken

    def _evaluate(self, names: Mapping[str, Any], judge: Judge) -> Value:
        return unwrap(evaluate(self.code, {**names, _JUDGE: judge}))


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
        ast.Name(_JUDGE, ast.Load()), [place, ast.Tuple([*names], ast.Load()), *sides], keywords=[]
    )
