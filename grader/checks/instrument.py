"""Instrument a program so that its numbers are rounded; see `grader.checks.rounding`."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import Any

from grader.checks.rounding import DYADIC_BITS
from grader.guest.protocol.values import Value

NAME = "__rounded__"
"""The name of the `Rounding` in an instrumented program."""

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


def _is_dyadic(value: Value) -> bool:
    """Return whether a float is likely to be exact, like 0.5 and 3.0 and unlike 0.1."""
    return type(value) is float and math.isfinite(value) and (value * 2**DYADIC_BITS) % 1 == 0
