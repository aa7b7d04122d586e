"""The full names of library objects in a student's code, by its imports and plain aliases.

After ``import numpy as np`` and ``p = np.prod``, both ``np.prod`` and ``p`` mean ``numpy.prod``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from grader.checks.cell_code import SCOPES, names_bound_by, walk_scope

OWN = ""
"""The meaning of a name that the student bound to an object of their own."""


@dataclass(slots=True)
class Scope:
    """The names of one scope, and the scope around it.

    Attributes
    ----------
    around : Scope or None
        Where names are looked up that are not bound here.
    meanings : dict of str to str
        Full name for each bound name, or `OWN`; the last binding counts.
    stars : list of str
        Modules that were imported with ``*``.
    """

    around: Scope | None = None
    meanings: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)

    def bind(self, nodes: Iterable[ast.AST]) -> Scope:
        """Record the names that code of this scope binds; return the scope."""
        elsewhere: set[str] = set()
        aliases: dict[ast.AST, str] = {}
        for node in walk_scope(nodes):
            bound = dict.fromkeys(names_bound_by(node), aliases.get(node, OWN))
            self.meanings |= bound | dict(_imported(node))
            if isinstance(node, ast.Assign) and (names := self.full_names(node.value)):
                aliases |= dict.fromkeys(node.targets, names[0])
            elif isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                self.stars.append(node.module or "")
            elif isinstance(node, (ast.Global, ast.Nonlocal)):
                elsewhere.update(node.names)
        for name in elsewhere:
            self.meanings.pop(name, None)
        return self

    def of(self, name: str) -> Scope:
        """Return the scope that binds a name, or the outermost one."""
        scope = self
        while name not in scope.meanings and scope.around is not None:
            scope = scope.around
        return scope

    def look_up(self, name: str) -> tuple[str, ...]:
        """Return the full names that a name may mean; empty if it is the student's own."""
        scope = self.of(name)
        if name in scope.meanings:
            return (scope.meanings[name],) if scope.meanings[name] else ()
        return (name, *(f"{module}.{name}" for module in scope.stars))

    def full_names(self, node: ast.AST) -> tuple[str, ...]:
        """Return the full names of an expression; ``.name`` is a method of an unknown object."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        roots = self.look_up(node.id) if isinstance(node, ast.Name) else ()
        if roots:
            return tuple(".".join([root, *attributes[::-1]]) for root in roots)
        return (f".{attributes[0]}",) if attributes else ()


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the names that an import binds, and their full names."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (first, first)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if alias.name != "*":
                yield alias.asname or alias.name, f"{node.module or ''}.{alias.name}"


def walk_with_scopes(nodes: Iterable[ast.AST], scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """Yield all nodes of some code, including function bodies, each with its scope."""
    waiting = [(node, scope) for node in nodes][::-1]
    while waiting:
        node, around = waiting.pop()
        yield node, around
        waiting.extend(list(_below(node, around))[::-1])


def _below(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    inner = _inner_scope(node, scope)
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child, inner if name in _INNER else scope


# The parts of a function, a class or a comprehension whose names are looked up inside it first.
_INNER = frozenset({"body", "elt", "key", "value", "generators"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _inner_scope(node: ast.AST, scope: Scope) -> Scope:
    if isinstance(node, _COMPREHENSIONS):
        targets = (one for part in node.generators for one in ast.walk(part.target))
        return Scope(scope).bind(targets)
    if not isinstance(node, SCOPES):
        return scope
    inner = Scope(scope)
    if not isinstance(node, ast.ClassDef):
        arguments = (one for one in ast.walk(node.args) if isinstance(one, ast.arg))
        inner.meanings |= {one.arg: OWN for one in arguments}
    return inner.bind(node.body if isinstance(node.body, list) else [node.body])
