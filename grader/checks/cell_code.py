"""The syntax tree of a cell's code, which the trusted side parses and never runs."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

# A line only for IPython: `%magic`, `!command`, `name = %magic`, `name = !command`, `name?`.
# The quantifiers are possessive, else a line of 100,000 blanks takes minutes.
_IPYTHON = re.compile(r"^([ \t]*+)(?:[%!?]|[\w.,\t ]++=[ \t]*+[%!]|[\w.]++\?).*$", re.MULTILINE)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_CAUGHT = (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
_BINDING = (ast.Name, *_NAMED, *_IMPORTS, *_CAUGHT, ast.MatchMapping)


@dataclass(frozen=True, eq=False)
class CellCode:
    """The code of a cell and the names that it binds.

    All readers of a notebook's code share one ``cache(CellCode.read)``, because parsing takes
    longer than every other use.
    """

    tree: ast.Module
    """The code; see `parse_cell`."""
    is_python: bool
    """Whether it is Python without IPython's own syntax."""

    @classmethod
    def read(cls, source: str) -> CellCode:
        """Parse a cell."""
        # First unchanged: inside a string or brackets, a line of Python may begin with %.
        tree = _parsed(source)
        if tree is not None:
            return cls(tree, is_python=True)
        tree = _parsed(_IPYTHON.sub(r"\1pass", source))
        return cls(tree or ast.Module([], []), is_python=False)

    @cached_property
    def bindings(self) -> tuple[tuple[str, ast.stmt, ast.AST], ...]:
        """Each bound name, with the top-level statement and the node in it that binds the name.

        Examples
        --------
        >>> code = CellCode.read("import numpy as np; a, b = c = [d for d in e]")
        >>> [name for name, _, _ in code.bindings]
        ['np', 'a', 'b', 'c']
        """
        return tuple(
            (name, statement, node)
            for statement in self.tree.body
            for node in walk_scope([statement])
            if isinstance(node, _BINDING)
            for name in names_bound_by(node)
        )

    @property
    def names(self) -> frozenset[str]:
        """The names that the cell binds in its global scope."""
        return frozenset(name for name, _, _ in self.bindings)


def parse_cell(source: str) -> ast.Module:
    r"""Return the syntax tree of a cell; an empty one if it is not Python.

    Lines for IPython become ``pass``.

    Examples
    --------
    >>> ast.unparse(parse_cell("%matplotlib inline\nx = 1"))
    'pass\nx = 1'
    >>> parse_cell("x = = 1").body
    []
    """
    return CellCode.read(source).tree


def _parsed(text: str) -> ast.Module | None:
    try:
        # Python's warning about an escape such as "\d" is not for us to show.
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def walk_scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of one scope, in the order of the text, without entering functions."""
    waiting = list(nodes)[::-1]
    while waiting:  # no recursion: a sum of 10,000 terms is 10,000 levels deep
        node = waiting.pop()
        yield node
        waiting.extend(_children_in_scope(node)[::-1])


def _children_in_scope(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, SCOPES):
        return []
    if isinstance(node, ast.comprehension):  # its target is local; `:=` within it is not
        return [node.iter, *node.ifs]
    children: list[ast.AST] = []
    for name in node._fields:  # `ast.iter_child_nodes` takes twice as long
        part = getattr(node, name, None)
        if type(part) is list:
            children += [one for one in part if isinstance(one, ast.AST)]
        elif isinstance(part, ast.AST):
            children.append(part)
    return children


def names_bound_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node itself binds in its scope."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, _NAMED):
        yield node.name
        yield from _bound_globally(node)
    elif isinstance(node, _IMPORTS):
        names = (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        yield from (name for name in names if name != "*")
    elif isinstance(node, _CAUGHT):
        yield from [node.name] if node.name else []
    elif isinstance(node, ast.MatchMapping):
        yield from [node.rest] if node.rest else []


def _bound_globally(node: ast.AST) -> Iterator[str]:
    """Yield the names that a function declares global and binds."""
    declared = {
        name for one in _statements(node) if isinstance(one, ast.Global) for name in one.names
    }
    if declared:  # few functions do
        stored = (one for one in ast.walk(node) if isinstance(one, ast.Name))
        yield from declared.intersection(one.id for one in stored if isinstance(one.ctx, ast.Store))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements in a node at any depth, without entering expressions."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting.extend(getattr(here, part, ()))
