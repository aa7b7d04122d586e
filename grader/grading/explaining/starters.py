"""Decides whether a student left the starter of an exercise unchanged."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from grader.checks.base import Verdict
from grader.checks.cell_code import CellCode, walk_scope
from grader.course import Exercise
from grader.grading.explaining.bindings import bindings_that_ran, shape_of_code
from grader.grading.explaining.cells import NotebookCells
from grader.grading.mistakes import agree_in_evidence

_REMEMBERED = 256
_Outline: TypeAlias = tuple[type[ast.AST], ...]


@dataclass(frozen=True, slots=True)
class StarterProgram:
    """The verdicts of each check on an exercise's starter, worked out on first use.

    A notebook's text may show the untouched starter while its code does something else. So the
    text is trusted only if the answers are the starter's, too: then the student learnt nothing
    from the verdicts.

    Attributes
    ----------
    judge : callable
        ``judge(check name)`` judges the starter by the check; None if that fails.
    """

    judge: Callable[[str], Verdict | None]
    _seen: dict[str, Verdict | None] = field(default_factory=dict)

    def fares_like(self, name: str, verdict: Verdict) -> bool:
        """Return whether a check's verdict on the starter is like its verdict on a student."""
        if name not in self._seen:
            self._seen[name] = self.judge(name)
        own = self._seen[name]
        return (
            own is not None
            and own.passed == verdict.passed
            and own.brief == verdict.brief
            and agree_in_evidence(own, verdict)
        )


@dataclass(frozen=True, slots=True)
class _Starter:
    """The shapes of the statements of a starter, by the names that they bind."""

    shapes: Mapping[str, frozenset[str]]
    all_shapes: frozenset[str]
    outlines: frozenset[_Outline]
    keys: Mapping[str, frozenset[str]]

    def has(self, statement: ast.stmt, name: str | None = None) -> bool:
        """Return whether a statement is one of the starter's, or one of those that bind a name."""
        if _outline(statement) not in self.outlines:  # most are not, and this test is fast
            return False
        shapes = self.all_shapes if name is None else self.shapes.get(name, ())
        return shape_of_code(statement) in shapes


def _outline(statement: ast.stmt) -> _Outline:
    """Return node types that all statements of one shape share."""
    return (type(statement), *map(type, getattr(statement, "body", ())))


@lru_cache(maxsize=_REMEMBERED)
def _read(starter: str) -> _Starter:
    shapes: dict[str, set[str]] = {}
    keys: dict[str, set[str]] = {}
    code = CellCode.read(starter)
    shape_of = {statement: shape_of_code(statement) for statement in code.tree.body}
    for name, statement, _ in code.bindings:
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            shapes.setdefault(name, set()).add(shape_of[statement])
            keys.setdefault(name, set()).update(_keys_of(statement))
    return _Starter(
        {name: frozenset(found) for name, found in shapes.items()},
        frozenset(shape_of.values()),
        frozenset(map(_outline, shape_of)),
        {name: frozenset(found) for name, found in keys.items()},
    )


def is_untouched(
    notebook: NotebookCells,
    exercise: Exercise,
    there: Collection[str] = (),
    shared: Collection[str] = (),
) -> bool:
    """Return whether a notebook's text answers nothing of an exercise.

    That is so if every statement that binds a name of the exercise is one of the starter's, apart
    from white space and comments, or if there is none. In a kernel, where cells run repeatedly, the
    last statement counts. `there` are names that are known to be defined; `shared` names to which
    other exercises bind answers too, whose keys do not count.
    """
    starter = _read(exercise.starter)
    names = {*exercise.defines, *starter.shapes}
    return bool(names) and all(
        _is_untouched(notebook, name, starter, there=name in there, shared=name in shared)
        for name in names
    )


def binds_starter(notebook: NotebookCells, exercise: Exercise, name: str) -> list[bool]:
    """Return, for each place that ran and binds a name, whether it is the starter's."""
    starter = _read(exercise.starter)
    return [starter.has(one.statement, name) for one in bindings_that_ran(notebook, name)]


def _is_untouched(
    notebook: NotebookCells, name: str, starter: _Starter, *, there: bool, shared: bool
) -> bool:
    found = bindings_that_ran(notebook, name)
    if there and not found:
        return False  # no cell's text shows what bound it
    own = starter.keys.get(name, frozenset())
    if shared and own:
        found = [
            one for one in found if not _keys_of(one.statement) or own & _keys_of(one.statement)
        ]
    if not notebook.numbered:
        found = found[-1:]
    if not all(starter.has(one.statement, name) for one in found):
        return False
    last = (found[-1].cell.index, found[-1].line) if found else (-1, 0)
    return not any(_changes(notebook, name, starter, last))


def _changes(
    notebook: NotebookCells, name: str, starter: _Starter, since: tuple[int, int]
) -> Iterator[bool]:
    """Yield, for each statement that is not the starter's, whether it changes a name's value."""
    for cell in notebook.mentioning(name):
        for statement in notebook.tree(cell).body:
            if not notebook.numbered and (cell.index, statement.lineno) <= since:
                continue
            if not starter.has(statement):
                yield any(_changes_name(node, name) for node in walk_scope([statement]))


def _changes_name(node: ast.AST, name: str) -> bool:
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        changes = not isinstance(node.ctx, ast.Load)
        return changes and _begins_with(node.value, name)
    if isinstance(node, ast.Call):
        # `answers.update(...)`; a call of the name itself changes nothing.
        return isinstance(node.func, ast.Attribute) and _begins_with(node.func.value, name)
    return False


def _begins_with(node: ast.expr, name: str) -> bool:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return isinstance(node, ast.Name) and node.id == name


def _keys_of(statement: ast.stmt) -> frozenset[str]:
    """Return the literal keys of the dict that a statement assigns to a name."""
    value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    if not isinstance(value, ast.Dict):
        return frozenset()
    keys = (key.value for key in value.keys if isinstance(key, ast.Constant))
    return frozenset(key for key in keys if isinstance(key, str))
