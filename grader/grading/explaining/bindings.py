"""Finds in a notebook's code where names are bound."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from grader.checks.cell_code import SCOPES, walk_scope
from grader.grading.explaining.cells import NotebookCells
from grader.notebook import Cell

_CONDITIONAL = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Binding:
    """A place that binds a name.

    Attributes
    ----------
    statement : ast.stmt
        The statement at the cell's left margin that contains `node`, or is it.
    node : ast.AST
        What binds the name.
    """

    name: str
    cell: Cell
    statement: ast.stmt
    node: ast.AST

    @property
    def line(self) -> int:
        """The line of the cell, counted from 1."""
        return int(getattr(self.node, "lineno", self.statement.lineno))

    @property
    def is_sure(self) -> bool:
        """Whether the name is bound whenever the statement has run."""
        return not isinstance(self.statement, _CONDITIONAL) and not self.setter

    @property
    def setter(self) -> str:
        """The function that binds the name by `global` when it is called; else an empty text."""
        if isinstance(self.node, _FUNCTIONS) and self.node.name != self.name:
            return self.node.name
        return ""

    @property
    def is_function(self) -> bool:
        """Whether the name certainly becomes a function or a class."""
        if isinstance(self.node, _FUNCTIONS):
            return not self.setter
        value = self.statement.value if isinstance(self.statement, ast.Assign) else None
        return isinstance(value, ast.Lambda)


def _only_declares(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.AnnAssign) and statement.value is None


def bindings_of(notebook: NotebookCells, name: str) -> list[Binding]:
    """Return all places that bind a name, in the order in which they run."""
    if name not in notebook.found:
        notebook.found[name] = [
            Binding(name, cell, statement, node)
            for cell in notebook.code
            if name in cell.source and not runs_elsewhere(cell)
            for bound, statement, node in notebook.read(cell.source).bindings
            if bound == name and not _only_declares(statement)
        ]
    bindings: list[Binding] = notebook.found[name]
    return bindings


def runs_elsewhere(cell: Cell) -> str:
    """Return the magic that a cell begins with, if it keeps no names; else an empty text."""
    first = cell.source.lstrip().partition("\n")[0].split()
    magic = first[0] if first and first[0].startswith("%%") else ""
    return "" if magic in ("%%time", "%%capture", "%%prun") else magic[:40]


def has_run(notebook: NotebookCells, binding: Binding) -> bool:
    """Return whether a binding was reached, according to the outcome of its cell."""
    outcome = notebook.outcome(binding.cell)
    if outcome is None:
        return True
    ends = outcome.status in ("raised", "timed_out")
    return ends and (binding.statement.end_lineno or 0) < notebook.stopped_at(binding.cell)


def bindings_that_ran(notebook: NotebookCells, name: str) -> list[Binding]:
    """Return the places that bind a name and were reached, in order."""
    return [binding for binding in bindings_of(notebook, name) if has_run(notebook, binding)]


def deletions_of(notebook: NotebookCells, name: str) -> Iterator[tuple[Cell, int]]:
    """Yield the cells and lines that delete a name."""
    for cell in notebook.mentioning(name):
        for node in walk_scope(notebook.tree(cell).body):
            if isinstance(node, ast.Delete):
                for target in node.targets:
                    if isinstance(target, ast.Name) and target.id == name:
                        yield cell, node.lineno


def inner_definition(tree: ast.Module, name: str) -> tuple[_Definition, ast.AST] | None:
    """Return a function or class, and the definition of the name inside it."""
    for outer in ast.walk(tree):
        if isinstance(outer, _FUNCTIONS):
            for node in walk_scope(outer.body):
                if isinstance(node, _FUNCTIONS) and node.name == name:
                    return outer, node
    return None


def shape_of_code(statement: ast.AST) -> str:
    """Return code without positions, comments and white space, including that of docstrings."""
    for node in ast.walk(statement):
        if isinstance(node, SCOPES) and not isinstance(node, ast.Lambda) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                text = first.value.value
                if isinstance(text, str):
                    first.value.value = " ".join(text.split())
    return ast.dump(statement)
