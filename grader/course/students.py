"""A program of the course as a student: a reference, an accepted answer or a known mistake."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from grader.checks.local import LocalStudent
from grader.checks.work import Work, WorkCell
from grader.course.programs import read_program, run_program

__all__ = ["student_of_program", "student_of_source"]

_SHOW = "__show__"  # no name of a program's own: those with two underscores are not kept


def student_of_program(path: Path, given: Mapping[str, Any]) -> LocalStudent:
    """Run a program on the trusted side, and return who wrote it, as one cell of code.

    Parameters
    ----------
    path : Path
        A reference, an accepted answer or a mistake.
    given : Mapping of str to object
        Names that are there when it begins, as `names_given_to` has them.

    Raises
    ------
    CheckError
        The file cannot be read, is not Python, or raised; the message names the line.
    """
    return student_of_source(read_program(path), path, given)


def student_of_source(
    source: str, path: Path, given: Mapping[str, Any], *, limit_s: float = 5.0
) -> LocalStudent:
    """Run a program as if `path` held it; `limit_s` is how long one call may take [s].

    Raises
    ------
    CheckError
        It is not Python, or raised; the message names the line.
    """
    displayed: list[str] = []
    program = _program(source, path, given, displayed.append)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        names = program()
    cell = WorkCell(
        index=0,
        kind="code",
        source=source,
        printed=printed.getvalue(),
        displayed="\n".join(displayed),
    )
    return LocalStudent(names, limit_s=limit_s, work=Work((cell,), (cell,)))


def _program(
    source: str, path: Path, given: Mapping[str, Any], show: Callable[[str], None]
) -> Callable[[], Mapping[str, Any]]:
    """Return what runs a program; where it ends in an expression, as a cell: that is shown."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return lambda: run_program(source, path, given)  # which tells what is wrong
    if not tree.body or not isinstance(last := tree.body[-1], ast.Expr):
        return lambda: run_program(source, path, given)
    call = ast.Call(ast.Name(_SHOW, ast.Load()), [last.value], [])
    last.value = ast.copy_location(call, last.value)
    ast.fix_missing_locations(tree)
    return lambda: run_program(tree, path, {**given, _SHOW: lambda value: _shown(value, show)})


def _shown(value: object, show: Callable[[str], None]) -> None:
    if value is not None:
        show(repr(value))
