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
from grader.course.programs import load_program, run_program

__all__ = ["student_of_program"]

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
    displayed: list[str] = []
    program = _program(path, given, displayed.append)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        names = program()
    cell = WorkCell(
        index=0,
        kind="code",
        source=path.read_text(encoding="utf-8"),
        printed=printed.getvalue(),
        displayed="\n".join(displayed),
    )
    return LocalStudent(names, work=Work((cell,), (cell,)))


def _program(
    path: Path, given: Mapping[str, Any], show: Callable[[str], None]
) -> Callable[[], Mapping[str, Any]]:
    """Return what runs a program; where it ends in an expression, as a cell: that is shown."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return lambda: load_program(path, given)  # which tells what is wrong
    if not tree.body or not isinstance(last := tree.body[-1], ast.Expr):
        return lambda: load_program(path, given)
    call = ast.Call(ast.Name(_SHOW, ast.Load()), [last.value], [])
    last.value = ast.copy_location(call, last.value)
    ast.fix_missing_locations(tree)
    return lambda: run_program(tree, path, {**given, _SHOW: lambda value: _shown(value, show)})


def _shown(value: object, show: Callable[[str], None]) -> None:
    if value is not None:
        show(repr(value))
