"""Runs the course's own programs: references, accepted answers and known mistakes."""

from __future__ import annotations

import ast
import contextlib
import io
import sys
import tokenize
import types
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import CodeType, MappingProxyType
from typing import Any, TypeAlias

from grader.checks.instrument import NAME, instrumented
from grader.checks.rounding import Rerun, Rounding
from grader.checks.student_work import StudentWork, WorkCell
from grader.checks.students.local import LocalStudent
from grader.course.model import Course, Exercise
from grader.errors import CheckError, command_to_install

_NOTHING: Mapping[str, Any] = MappingProxyType({})

Load: TypeAlias = Callable[[Path, Mapping[str, Any]], Mapping[str, Any]]
"""Runs a program with given names; returns the names it has afterwards."""


def load_program(path: Path, given: Mapping[str, Any] = _NOTHING) -> Mapping[str, Any]:
    """Run a program of the course on the trusted side, in a namespace of its own.

    Parameters
    ----------
    path : Path
        A reference, an accepted answer or a mistake.
    given : Mapping of str to object
        Names defined before it starts, from `names_given_to`.

    Returns
    -------
    Mapping of str to object
        The given names and those that it defines or imports, without dunder names.

    Raises
    ------
    CheckError
        The file cannot be read, is not Python, or raised; the message names the line.
    """
    return run_program(read_program(path), path, given)


def names_given_to(
    course: Course, exercise: Exercise, load: Load = load_program
) -> Mapping[str, Any]:
    """Return the names that an exercise's programs may use without defining them.

    These are the names that students define in the exercises that it builds on, with the values
    from the references; `load` runs a reference.

    Raises
    ------
    CheckError
        One of those references cannot be run.
    """
    names: dict[str, Any] = {}
    for other in (course.exercises[each] for each in exercise.builds_on):
        given = names_given_to(course, other, load)
        program = load(other.reference, given)
        names |= given
        names |= {name: program[name] for name in other.defines if name in program}
    return names


def read_program(path: Path) -> str:
    """Return the text of a program.

    Raises
    ------
    CheckError
        The file cannot be read or decoded.
    """
    try:
        with tokenize.open(path) as file:  # in the encoding that its first lines may name
            return file.read()
    except OSError as error:
        raise CheckError(f"{path}: this program cannot be read: {error.strerror}") from error
    except (SyntaxError, UnicodeDecodeError) as error:
        raise CheckError(f"{path}:1: this program is not Python: {error}") from error


def compile_program(source: str | ast.Module, path: Path) -> CodeType:
    """Compile a program as if `path` held it.

    Raises
    ------
    CheckError
        It is not Python.
    """
    try:
        return compile(source, str(path), "exec")
    except SyntaxError as error:
        line = error.lineno or 1
        raise CheckError(f"{path}:{line}: this program is not Python: {error.msg}") from error


def run_program(
    source: str | ast.Module | CodeType, path: Path, given: Mapping[str, Any] = _NOTHING
) -> Mapping[str, Any]:
    """Run a program as if `path` held it; see `load_program`.

    Raises
    ------
    CheckError
        It is not Python, or raised.
    """
    code = source if isinstance(source, CodeType) else compile_program(source, path)
    try:
        module = _run(code, path, given)
    except (Exception, SystemExit) as error:  # any of these is for the author to correct
        raise CheckError(
            f"{path}:{_line_in(path, error)}: this program raised {type(error).__name__}: {error}"
            f"{_remedy(error)}"
        ) from error
    return {name: value for name, value in module.__dict__.items() if not name.startswith("__")}


def _remedy(error: BaseException) -> str:
    """Return advice on what to install if a program imports a missing module, else nothing."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    package = error.name.partition(".")[0]
    wanted = "notebook-grader[plot]" if package == "matplotlib" else package
    return f". Run `{command_to_install(wanted)}` where the grader runs"


def rerun_of(course: Course, exercise: Exercise) -> Rerun:
    """Return a function that reruns an exercise's reference, and those below, rounded otherwise."""

    @cache
    def code(path: Path) -> CodeType:
        return compile_program(instrumented(read_program(path)), path)

    def rerun(rounding: Rounding) -> Mapping[str, Any]:
        def load(path: Path, given: Mapping[str, Any]) -> Mapping[str, Any]:
            return run_program(code(path), path, {**given, NAME: rounding})

        return load(exercise.reference, names_given_to(course, exercise, load))

    return rerun


def _run(code: CodeType, path: Path, given: Mapping[str, Any]) -> types.ModuleType:
    module = types.ModuleType(f"<{path}>")
    module.__dict__.update(given)
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # a dataclass looks its own module up
    try:
        exec(code, module.__dict__)  # noqa: S102  the course's own code, as trusted as the course
    finally:
        del sys.modules[module.__name__]
    return module


def _line_in(path: Path, error: BaseException) -> int:
    """Return the innermost line of the program that led to an error."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def syntax_fault(code: str | bytes) -> tuple[int, str] | None:
    """Return the line (from 1) and reason of a syntax error, or None if this is valid Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape such as "\d" is the student's to learn
            compile(code, "<starter>", "exec")
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, MemoryError, RecursionError) as error:
        return 1, str(error) or "it is nested too deep"
    return None


_SHOW = "__show__"  # never a program's own name: dunder names are dropped


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled program, which can be run as any number of independent students.

    Attributes
    ----------
    source : str
        Its text.
    path : Path
        Its file.
    code : CodeType
        The compiled text; a last line that is an expression displays its value.
    """

    source: str
    path: Path
    code: CodeType

    @classmethod
    def of(cls, source: str, path: Path) -> Program:
        """Compile a program as if `path` held it; raise CheckError if it is not Python."""
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
        return LocalStudent(program, limit_s=limit_s, work=StudentWork((cell,), (cell,)))


def student_of_program(path: Path, given: Mapping[str, Any]) -> LocalStudent:
    """Run a program on the trusted side as one cell of code; return it as a student.

    Parameters
    ----------
    path : Path
        A reference, an accepted answer or a mistake.
    given : Mapping of str to object
        Names defined before it starts, from `names_given_to`.

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
    """Return a program that displays its last expression, like a cell."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return source  # compiling it reports the error
    if not tree.body or not isinstance(last := tree.body[-1], ast.Expr):
        return source
    call = ast.Call(ast.Name(_SHOW, ast.Load()), [last.value], [])
    last.value = ast.copy_location(call, last.value)
    return ast.fix_missing_locations(tree)


def _shown(value: object, show: Callable[[str], None]) -> None:
    if value is not None:
        show(repr(value))
