"""Finds names that several references of a unit define differently."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.course import Course, Exercise, Unit
from grader.errors import Fault


def reference_clashes(course: Course, unit: Unit) -> Iterator[Fault]:
    """Find names that two references of a unit define differently.

    Each reference is right by itself. In the instructor's notebook, however, a function of the
    first would call the second's.
    """
    first: dict[str, tuple[Exercise, str]] = {}
    for exercise in (course.exercises[name] for name in unit.exercises):
        for name, line, meaning in _bindings(exercise):
            owner, other = first.setdefault(name, (exercise, meaning))
            if meaning != other and name not in {*owner.defines, *exercise.defines}:
                yield Fault(
                    exercise.reference,
                    line,
                    "",
                    f"the reference of `{owner.id}` gives `{name}` another meaning, and both stand "
                    "in one notebook: rename one",
                )


def _bindings(exercise: Exercise) -> Iterator[tuple[str, int, str]]:
    """Yield each name that a reference binds at its top level, the line, and what it is."""
    program = ast.parse(exercise.reference.read_text(encoding="utf-8"))
    for statement in program.body:
        for name in _names(statement):
            yield name, statement.lineno, ast.dump(statement)


def _names(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)
    else:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
