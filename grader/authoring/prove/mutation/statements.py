"""Mutation operators on statements: guards, branches, returns and steps that go missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.authoring.prove.mutation.program_text import Edit, ProgramText


def statement_edits(source: ProgramText) -> Iterator[Edit]:
    """Yield every mutation of a program's statements."""
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.If, ast.While)):
            yield from _conditions(source, node)
        elif isinstance(node, ast.Return) and node.value is not None:
            yield Edit(*source.span(node.value), "None")
        elif isinstance(node, (ast.AugAssign, ast.Assign, ast.Expr)) and not _is_text(node):
            yield Edit(*source.span(node), "pass")


def _conditions(source: ProgramText, node: ast.If | ast.While) -> Iterator[Edit]:
    text, place = source.code(node.test), source.span(node.test)
    yield Edit(*place, f"not ({text})")
    if isinstance(node, ast.If):
        # `False` removes a guard, and leaves the `elif` and `else` below it where they are.
        yield Edit(*place, "False")
        yield Edit(*place, "True")


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
