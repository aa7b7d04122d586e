"""Expressions of authors: their syntax, the names that they may use, and their evaluation."""

from __future__ import annotations

import ast
import builtins
import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType
from typing import Any

import numpy as np

from grader.compare.shapes import as_array, unwrap
from grader.guest.protocol.values import Value

_BUILTINS = (
    *("abs", "all", "any", "bool", "complex", "dict", "enumerate", "float", "int", "isinstance"),
    *("len", "list", "max", "min", "pow", "range", "reversed", "round", "set", "sorted", "str"),
    *("sum", "tuple", "zip"),
)


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


def evaluate(
    code: CodeType, names: Mapping[str, Any], args: Sequence[Value] | None = None
) -> Value:
    """Return the value of an author's compiled expression, or of its call with `args`."""
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        value = eval(code, {**COMMON_NAMES, **names})  # noqa: S307 - the author's own code
        return value if args is None else value(*args)
