"""Arguments that say the type of an array's numbers; checks take an integer for a float."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

_BUILTIN = frozenset({"float", "int", "bool", "complex", "object"})
_ABOUT_TYPES = frozenset(
    {"isinstance", "issubclass", "issubdtype", "isdtype", "map", "filter", "partial"}
)
"""Functions to which a type is not how to hold numbers, but what is asked or called."""

_FIRST = frozenset({"astype", "view", "dtype"})
"""Functions whose first argument is a dtype."""

_TAKERS = _FIRST | {
    *("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "asarray_chkfinite"),
    *("empty", "zeros", "ones", "full", "eye", "identity", "arange", "linspace", "logspace"),
    *("empty_like", "zeros_like", "ones_like", "full_like", "fromiter", "frombuffer"),
    *("fromstring", "loadtxt", "genfromtxt", "fromfunction", "geomspace", "tri"),
}
"""Functions that take a dtype by position, also as a text."""


class Dtypes:
    """The dtypes in a program.

    Parameters
    ----------
    tree : Module
        The program.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self._names, self._of_numpy, self._modules = {"dtype"}, set[str](), {"np", "numpy"}
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    self._modules |= {a.asname for a in names if a.name == "numpy" and a.asname}
                case ast.ImportFrom(module="numpy", names=names):
                    bound = {a.asname or a.name: a.name for a in names}
                    self._of_numpy |= bound.keys()
                    self._names |= {name for name, real in bound.items() if _is_scalar_type(real)}
        for node in ast.walk(self.tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if self._is_dtype(value):
                    self._names.add(name)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    if self._is_dtype(value):
                        self._names.add(name)
                case ast.FunctionDef(args=args) | ast.Lambda(args=args):
                    self._names |= {
                        name for name, value in _defaults(args) if self._is_dtype(value)
                    }

    def places(self) -> Iterator[ast.expr | ast.keyword]:
        """Yield every dtype: as an argument, as what a name is bound to, and as a default."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Call():
                    yield from self._of_call(node)
                case ast.Assign(value=value) if self._is_dtype(value):
                    yield value
                case ast.AnnAssign(value=ast.expr() as value) if self._is_dtype(value):
                    yield value
                case ast.FunctionDef(args=args) | ast.Lambda(args=args):
                    yield from (value for _, value in _defaults(args) if self._is_dtype(value))

    def shape_without(self) -> str:
        """Return what two programs have in common that differ in dtypes alone."""
        gone = {id(each) for each in self.places()}
        return ast.dump(_Without(gone).visit(self.tree))

    def _of_call(self, call: ast.Call) -> Iterator[ast.expr | ast.keyword]:
        yield from (keyword for keyword in call.keywords if keyword.arg == "dtype")
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if isinstance(call.func, ast.Name):
            name = call.func.id
            if name not in self._of_numpy and name not in _TAKERS:
                return
        if name and name not in _ABOUT_TYPES:
            for index, arg in enumerate(call.args):
                first = index == 0 and name not in _FIRST
                if self._is_dtype(arg) or (name in _TAKERS and not first and _is_text_type(arg)):
                    yield arg

    def _is_dtype(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id=name):
                return name in _BUILTIN or name in self._names
            case ast.Attribute(attr="dtype"):
                return True
            case ast.Attribute(value=ast.Name(id=module), attr=attr):
                return module in self._modules and _is_scalar_type(attr)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr="dtype")):
                return module in self._modules
        return False


class _Without(ast.NodeTransformer):
    """Takes nodes out of calls, and puts nothing in their place elsewhere."""

    def __init__(self, gone: set[int]) -> None:
        self._gone = gone

    def visit_Call(self, node: ast.Call) -> ast.Call:
        node.args = [arg for arg in node.args if id(arg) not in self._gone]
        node.keywords = [each for each in node.keywords if id(each) not in self._gone]
        self.generic_visit(node)
        return node

    def visit(self, node: ast.AST) -> ast.AST:
        if id(node) in self._gone:
            return ast.Constant(None)
        visited: ast.AST = super().visit(node)
        return visited


def _defaults(args: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*args.posonlyargs, *args.args]
    last = positional[len(positional) - len(args.defaults) :]
    yield from ((each.arg, value) for each, value in zip(last, args.defaults, strict=True))
    for each, value in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if value is not None:
            yield each.arg, value


def _is_scalar_type(name: str) -> bool:
    found = getattr(np, name, None) if name in np.sctypeDict or hasattr(np, name) else None
    return isinstance(found, type) and issubclass(found, np.generic)


def _is_text_type(node: ast.expr) -> bool:
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return False
    try:
        np.dtype(node.value)
    except TypeError:
        return False
    return True
