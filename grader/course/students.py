"""A program of the course as a student: a reference, an accepted answer or a known mistake."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

from grader.checks.student_work import Work, WorkCell
from grader.checks.students.local import LocalStudent
from grader.course.programs import compile_program, read_program, run_program

_SHOW = "__show__"  # no name of a program's own: those with two underscores are not kept


@dataclass(frozen=True, slots=True)
class Program:
    """A program, compiled once; each student of it has names of its own.

    Attributes
    ----------
    source : str
        As it is written.
    path : Path
        Where it stands.
    code : CodeType
        The same, ready to run; its last line shows a value, where it is an expression.
    """

    source: str
    path: Path
    code: CodeType

    @classmethod
    def of(cls, source: str, path: Path) -> Program:
        """Compile a program as if `path` held it; CheckError where it is not Python."""
        return cls(source, path, compile_program(_showing(source), path))

    def student(self, given: Mapping[str, Any], *, limit_s: float = 5.0) -> LocalStudent:
        """Run the program as one cell of code; `limit_s` is how long one call may take [s].

        Raises
        ------
        CheckError
            It raised; the message names the line.
        """
        displayed: list[str] = []
        names = {**given, _SHOW: partial(_shown, show=displayed.append)}
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            program = run_program(self.code, self.path, names)
        cell = WorkCell(
            index=0,
            kind="code",
            source=self.source,
            printed=printed.getvalue(),
            displayed="\n".join(displayed),
        )
        return LocalStudent(program, limit_s=limit_s, work=Work((cell,), (cell,)))


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
    return Program.of(source, path).student(given, limit_s=limit_s)


def _showing(source: str) -> str | ast.Module:
    """Return a program that shows its last value, as a cell does, where it ends in one."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return source  # to compile it tells what is wrong
    if not tree.body or not isinstance(last := tree.body[-1], ast.Expr):
        return source
    call = ast.Call(ast.Name(_SHOW, ast.Load()), [last.value], [])
    last.value = ast.copy_location(call, last.value)
    return ast.fix_missing_locations(tree)


def _shown(value: object, show: Callable[[str], None]) -> None:
    if value is not None:
        show(repr(value))
