"""Checks inside a notebook: the magic ``%check``, and ``check`` for plain Python.

Both run the visible checks in the notebook on the names of the running kernel, with the same code
as ``grader check``, and show the results as a page, or as text outside a notebook. This module
imports little until the first check, so that a kernel starts quickly.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard, Unpack, cast

from grader.guest.shared_names import SharedNames

if TYPE_CHECKING:
    from grader.api.calls import CheckOptions
    from grader.api.given import NotebookLike
    from grader.api.report import Report
    from grader.grading.explaining import NotebookCells

_MOST_REMEMBERED = 500
CALL_S = 5.0
"""Time limit of one call of a student's function [s], the default of a course."""


def check(what: NotebookLike | Sequence[str] = "", **options: Unpack[CheckOptions]) -> Report:
    """Check exercises of the running notebook, or another notebook.

    ``check("kl_asymmetry")`` in a notebook runs the visible checks on the current values of its
    names. ``check("my.ipynb")`` runs that notebook from top to bottom, as ``grader check`` does.

    Parameters
    ----------
    what : str, sequence of str, PathLike, bytes or Mapping
        Ids of exercises of the running notebook; all if empty. Or a notebook: a path, the bytes of
        a file, or a node of nbformat. A string is a path if it ends in ``.ipynb``, or if any other
        parameter is given; those apply only to a notebook.
    course : str, PathLike or Course, optional
        The course whose checks are run. Without `course` and `checks`, the course in the current
        folder, or without one the checks in the notebook.
    checks : str or PathLike, optional
        A released notebook with the checks to run.
    hidden : bool
        Whether to run the hidden checks too; their inputs stay hidden.
    files : Mapping of str to bytes, optional
        Contents of files in the notebook's folder when it runs, by path; by default, the files in
        its own folder.
    exercises, units, isolation, engine, seed, cache
        See `grader.grade`.

    Returns
    -------
    Report
        A notebook shows it as a page; elsewhere it is shown as text.

    Raises
    ------
    UsageError
        The notebook has no exercise of this id, its set-up cell has not been run, or the call is
        wrong.
    NotebookError
        The checks in the notebook cannot be read.
    GraderError
        The course or the machine has a problem.

    Examples
    --------
    >>> import grader
    >>> notebook = "examples/submissions/mistake-kl-nan-on-zero.ipynb"
    >>> report = grader.check(notebook, exercises=["kl_asymmetry"])
    >>> report.passed, report.result.score
    (False, Decimal('3.00'))
    >>> for line in repr(report).splitlines()[:4]:
    ...     print(line)
    Not quite a distance (kl_asymmetry)                                                3 / 4
      ok   A fair and a loaded coin                                              0.25 / 0.25
      FAIL Outcomes that cannot happen                                                 0 / 1
           kl([1.0, 0.0], [0.5, 0.5]) is nan, expected 0.693147. 2 of 4 cases fail.
    """
    if not _is_notebook(what, options):
        return check_names(cast("str | Sequence[str]", what), _notebook_names())
    from grader.api.calls import check_notebook

    return check_notebook(what, **options)


def _is_notebook(
    what: NotebookLike | Sequence[str], options: CheckOptions
) -> TypeGuard[NotebookLike]:
    if isinstance(what, str):
        return what.endswith(".ipynb") or bool(options)
    return isinstance(what, bytes | os.PathLike | Mapping)


def check_names(exercise: str | Sequence[str], names: Mapping[str, Any]) -> Report:
    """Run the visible checks of exercises on the given names; see `check`."""
    from grader.api.report import Report
    from grader.bundle import VARIABLE, asked_exercises, read_bundle
    from grader.checks.students.local import LocalStudent
    from grader.errors import UsageError
    from grader.grading.explaining import Context
    from grader.grading.judge_exercise import grade_exercise

    bundle = names.get(VARIABLE)
    if not isinstance(bundle, str):
        raise UsageError(
            "The checks are not loaded yet: run the set-up cell at the top of the notebook, then "
            "this cell again. After a restart of the kernel, run your own cells again too."
        )
    checks = read_bundle(bundle)
    checks = checks.only(asked_exercises(exercise, checks.preparation.course))
    student = LocalStudent(names, limit_s=CALL_S, where=partial(_where, names))
    context = Context(_cells_that_ran(names), checks.preparation.course)
    found = tuple(
        (grade_exercise(ready, student, context=context), checks.later[ready.exercise.id])
        for ready in checks.preparation.exercises
    )
    exercises = checks.preparation.course.exercises
    return Report(found, {name: each.mistake_titles for name, each in exercises.items()})


def _cells_that_ran(names: Mapping[str, Any]) -> NotebookCells:
    """Return the cells in a kernel's history; their numbers are not those of the notebook."""
    from grader.grading.explaining import NotebookCells
    from grader.notebook import Cell

    history = names.get("In")
    ran = history[-_MOST_REMEMBERED:] if isinstance(history, list) else []
    sources = [text for text in ran if isinstance(text, str)]
    cells = [Cell(index=index, kind="code", source=source) for index, source in enumerate(sources)]
    return NotebookCells(cells, numbered=False)


def _where(names: Mapping[str, Any], error: BaseException) -> str:
    """Return the last line of the notebook's own code in the traceback of an exception."""
    import linecache

    from grader.text import line_text

    found, trace = "", error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals is names:
            line = linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
            found = f"line {trace.tb_lineno} of the cell: {line_text(line)}" if line.strip() else ""
        trace = trace.tb_next
    return found


def _notebook_names() -> Mapping[str, Any]:
    """Return the names of the running kernel, or without a kernel those of the program."""
    if "IPython" in sys.modules:
        shell = sys.modules["IPython"].get_ipython()
        if shell is not None:
            names: Mapping[str, Any] = shell.user_ns
            return names
    return vars(sys.modules["__main__"])


def _is_installed(package: str) -> bool:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def load_ipython_extension(
    shell: Any, shared: Sequence[str] = (), packages: Sequence[str] = ()
) -> None:
    """Add the magic ``%check`` to a kernel; ``%load_ext grader`` calls this.

    Parameters
    ----------
    shell : InteractiveShell
        The shell of the kernel.
    shared : sequence of str
        Names to which several quizzes bind their answers. As in grading, the dicts that cells bind
        to one name are merged.
    packages : sequence of str
        Packages that grading provides, by their names for pip; missing ones are printed.
    """
    from grader.guest.displays import keep_displayed

    keep_displayed(shell.display_formatter)
    missing = [package for package in packages if not _is_installed(package)]
    if missing:
        command = f"%pip install {' '.join(missing)}"
        print(
            f"Not installed here: {', '.join(missing)}. Run `{command}`, then restart the kernel."
        )
    if shared:
        names = SharedNames(shared)
        shell.events.register("post_run_cell", lambda _: names.merge(shell.user_ns))

    def check_magic(line: str) -> None:
        """Run the visible checks of exercises: `%check hth_likelihood`; of all: `%check`."""
        from IPython.core.error import UsageError
        from IPython.display import display

        from grader.errors import GraderError

        try:
            report = check_names(line, shell.user_ns)
        except GraderError as error:
            raise UsageError(str(error)) from error  # IPython shows it without a traceback
        display(report)

    shell.register_magic_function(check_magic, "line", "check")
