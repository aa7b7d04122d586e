"""The code of a cell as a syntax tree: read on the trusted side, never run there."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

__all__ = ["bound_names", "parse_cell"]

# A line for IPython alone: `%magic`, `!command`, `name = %magic`, `name = !command`, `name?`.
_IPYTHON = re.compile(r"^([ \t]*)(?:[%!?]|[\w.,\t ]+=[ \t]*[%!]|[\w.]+\?).*$", re.MULTILINE)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


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
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an escape such as "\d" is the student's to learn
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
    names: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:  # no recursion: a sum of 10,000 terms is as deep
        node = waiting.pop()
        names.update(_names_of(node))
        waiting.extend(_of_the_same_scope(node))
    return frozenset(names)


def _names_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, _SCOPES):
        yield node.name
        for inner in ast.walk(node):
            if isinstance(inner, ast.Global):
                yield from inner.names
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _of_the_same_scope(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, (*_SCOPES, ast.Lambda)):
        return
    if isinstance(node, ast.comprehension):  # its target is its own; `:=` within it is not
        yield from (node.iter, *node.ifs)
        return
    yield from ast.iter_child_nodes(node)
