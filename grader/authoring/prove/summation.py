"""Changes the order in which a program adds up its sums.

If an answer passes only in numpy's order of addition, it is wrong or its tolerance is too tight.
`np.sum`, `np.mean`, `np.dot`, the methods of those names, `@` and the built-in `sum` are replaced
by functions that add floats one after another, forwards or backwards, whereas numpy adds in pairs.
For anything but arrays and lists of floats they call the original function. Sums inside other
functions, such as `np.var`, are not changed.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

_ROUTED = frozenset({"sum", "mean", "dot"})
_NAME = "_summed_in_order"


def in_order(source: str, order: str) -> tuple[str, Mapping[str, Any]]:
    r"""Return a program with its sums in the given order, and the names that it needs.

    Examples
    --------
    >>> program, names = in_order("import numpy as np\nx = np.sum([1e16, 1.0, 1.0])", "forwards")
    >>> exec(program, namespace := dict(names))
    >>> float(namespace["x"])
    1e+16
    """
    tree = _Routing().visit(ast.parse(source))
    return ast.unparse(tree), {_NAME: _Summing(ORDERS[order])}


class _Routing(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in _ROUTED:
            return self._routed(node, function.value, function.attr)
        if isinstance(function, ast.Name) and function.id == "sum":
            return self._routed(node, ast.Constant(None), "sum")
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        arguments: list[ast.expr] = [ast.Constant(None), ast.Constant("matmul")]
        function = ast.Name(_NAME, ast.Load())
        return ast.copy_location(ast.Call(function, [*arguments, node.left, node.right], []), node)

    @staticmethod
    def _routed(node: ast.Call, owner: ast.expr, name: str) -> ast.Call:
        function = ast.Name(_NAME, ast.Load())
        arguments = [owner, ast.Constant(name), *node.args]
        return ast.copy_location(ast.Call(function, arguments, node.keywords), node)


class _Summing:
    """Replacement for the functions that add up."""

    def __init__(self, order: Callable[[np.ndarray], np.ndarray]) -> None:
        self._order = order

    def __call__(self, owner: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
        plain = self._plain(owner, name)
        if isinstance(owner, np.ndarray):
            args = (owner, *args)
        if name in {"dot", "matmul"}:
            return self._dot(plain, args, kwargs)
        if owner is None and args:
            args = (list(args[0]), *args[1:])
        array = self._floats(args[0]) if len(args) == 1 else None
        if array is None or kwargs.keys() - {"axis"}:
            return plain(*args, **kwargs)
        return self._added(array, kwargs.get("axis"), mean=name == "mean")

    @staticmethod
    def _plain(owner: Any, name: str) -> Callable[..., Any]:
        if owner is None:
            return np.matmul if name == "matmul" else builtins.sum
        if isinstance(owner, np.ndarray):
            return getattr(np, name)  # type: ignore[no-any-return]
        return getattr(owner, name)  # type: ignore[no-any-return]

    @staticmethod
    def _floats(value: Any) -> np.ndarray | None:
        if not isinstance(value, (np.ndarray, list, tuple)):
            return None
        array = np.asarray(value)
        return array if array.dtype.kind == "f" and array.size else None

    def _dot(
        self, plain: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        arrays = [array for array in map(self._floats, args) if array is not None]
        if kwargs or [array.ndim for array in arrays] != [1, 1] or len(args) != 2:
            return plain(*args, **kwargs)
        return self._added(arrays[0] * arrays[1], None)

    def _added(self, array: np.ndarray, axis: Any, *, mean: bool = False) -> Any:
        flat = array.reshape(-1) if axis is None else np.moveaxis(array, axis, 0)
        with np.errstate(all="ignore"):
            total = np.cumsum(self._order(flat), axis=0)[-1]
            return total / flat.shape[0] if mean else total


ORDERS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {"forwards": lambda values: values, "backwards": lambda values: values[::-1]}
)
"""Orders in which numbers are added one after another."""
