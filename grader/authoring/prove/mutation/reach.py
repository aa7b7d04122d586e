"""Which statements of a reference a student's names come from; only those are mutated."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def reached_statements(tree: ast.Module, names: Iterable[str]) -> tuple[ast.stmt, ...]:
    r"""Return the top-level statements that define some names, or that those need in turn.

    What only the checks use, such as the truth of a stability check, is left out; so are imports.
    Where there are no names, as in an exercise about what is printed, it is the whole program.

    Examples
    --------
    >>> tree = ast.parse("a = 1\nb = a\ndef f(): return b\ndef truth(): return f()\n")
    >>> [statement.lineno for statement in reached_statements(tree, ["f"])]
    [1, 2, 3]
    """
    wanted, reached = set(names), set[ast.stmt]()
    if not wanted:
        return tuple(each for each in tree.body if not _is_import(each))
    found = True
    while found:
        found = False
        for statement in tree.body:
            if statement not in reached and wanted & _gives(statement):
                reached.add(statement)
                wanted |= _uses(statement)
                found = True
    return tuple(each for each in tree.body if each in reached and not _is_import(each))


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.Import, ast.ImportFrom))


def _gives(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds, or whose objects it may change."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return {statement.name}
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return set(_owners(statement.value.func))
    return {name for node in ast.walk(statement) for name in _bound(node)}


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
        yield from _owners(node)


def _owners(node: ast.expr) -> Iterator[str]:
    """Yield the name at the root of ``table["a"].append``, where there is something below it."""
    below = False
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node, below = node.value, True
    if below and isinstance(node, ast.Name):
        yield node.id


def _uses(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
