"""The code of a cell as a syntax tree: read on the trusted side, never run there."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator

__all__ = ["SCOPES", "bound_names", "names_bound_by", "parse_cell", "walk_scope"]

# A line for IPython alone: `%magic`, `!command`, `name = %magic`, `name = !command`, `name?`.
# Possessive: else a line of 100,000 blanks takes minutes.
_IPYTHON = re.compile(r"^([ \t]*+)(?:[%!?]|[\w.,\t ]++=[ \t]*+[%!]|[\w.]++\?).*$", re.MULTILINE)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def parse_cell(source: str) -> ast.Module:
    r"""Return the syntax tree of a cell; an empty one where it is no Python.

    Lines for IPython count as empty.

    Examples
    --------
    >>> ast.unparse(parse_cell("%matplotlib inline\nx = 1"))
    'pass\nx = 1'
    >>> parse_cell("x = = 1").body
    []
    """
    # As it stands first: in a text or between brackets, a line may begin with % and be Python.
    for text in (source, _IPYTHON.sub(r"\1pass", source)):
        try:
            # An escape such as "\d" is the student's to learn.
            with warnings.catch_warnings(action="ignore"):
                return ast.parse(text)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
    return ast.Module([], [])


def bound_names(tree: ast.Module) -> frozenset[str]:
    """Return the names that a cell gives a meaning to, wherever at its top level it does.

    Examples
    --------
    >>> sorted(bound_names(ast.parse("import numpy as np; a, b = c = [d for d in e]")))
    ['a', 'b', 'c', 'np']
    """
    return frozenset(name for node in walk_scope(tree.body) for name in names_bound_by(node))


def walk_scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield what stands in one scope, in the order of the text; functions are not entered."""
    waiting = list(nodes)[::-1]
    while waiting:  # no recursion: a sum of 10,000 terms is as deep
        node = waiting.pop()
        yield node
        waiting.extend(_children_in_scope(node)[::-1])


def _children_in_scope(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, SCOPES):
        return []
    if isinstance(node, ast.comprehension):  # its target is its own; `:=` within it is not
        return [node.iter, *node.ifs]
    return list(ast.iter_child_nodes(node))


def names_bound_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node itself binds in the scope that it stands in."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        yield from _bound_globally(node)
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        names = (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        yield from (name for name in names if name != "*")
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        yield from [node.name] if node.name else []
    elif isinstance(node, ast.MatchMapping):
        yield from [node.rest] if node.rest else []


def _bound_globally(node: ast.AST) -> Iterator[str]:
    """Yield the names that a function says are global, and binds."""
    said = {name for one in _statements(node) if isinstance(one, ast.Global) for name in one.names}
    if said:  # few functions do
        stored = (one for one in ast.walk(node) if isinstance(one, ast.Name))
        yield from said.intersection(one.id for one in stored if isinstance(one.ctx, ast.Store))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements in a node, however deep, and nothing of their expressions."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting.extend(getattr(here, part, ()))
