"""Checking inside a notebook: the magic ``%check``, and ``check`` for plain Python.

Both put the visible checks of the notebook's own bundle to the names of the running kernel, with
the code that ``grader check`` judges with, and show what it found as a page, or as text where there
is none. This module imports little before a check is asked for, so that a kernel starts quickly.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from grader.guest.shared_names import SharedNames

if TYPE_CHECKING:
    from grader.bundle import Later
    from grader.grading.explaining import NotebookCells
    from grader.results import ExerciseResult

_COLUMNS = 88
_MOST_REMEMBERED = 500
CALL_S = 5.0
"""How long one call of a student's function may take [s]; what a course grants by default."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the checks of some exercises found; a notebook shows it as a page.

    Attributes
    ----------
    found : tuple of (ExerciseResult, Later)
        Each exercise, with what of it only runs when it is graded.
    titles : Mapping
        What people read of each known mistake, by its exercise's id and its own.
    """

    found: tuple[tuple[ExerciseResult, Later], ...]
    titles: Mapping[str, Mapping[str, str]]

    def __repr__(self) -> str:
        """Return the report as text."""
        from grader.feedback import exercise_text

        shown, others = self._shown()
        parts = []
        for result, later in shown:
            told = exercise_text(result, _COLUMNS, self.titles[result.id]).plain
            parts.append(told + _later_text(result, later))
        parts += [others] if others else []
        return "\n\n".join(part.rstrip() for part in parts)

    def _repr_html_(self) -> str:
        from grader.feedback import exercise_html, note_html, page_html

        shown, others = self._shown()
        parts = []
        for result, later in shown:
            parts.append(exercise_html(result, self.titles[result.id]))
            if told := _later_text(result, later):
                parts.append(note_html(told))
        parts += [note_html(others)] if others else []
        return page_html(parts)

    def _shown(self) -> tuple[Sequence[tuple[ExerciseResult, Later]], str]:
        """Return what there is something to say of, and one line about the others."""
        from grader.feedback import without_untouched

        shown, others = without_untouched([result for result, _ in self.found])
        return [pair for pair in self.found if pair[0] in shown], others


def _later_text(result: ExerciseResult, later: Later) -> str:
    from grader.feedback import answered_points, is_untouched, later_text

    first = "Write your answer, run its cell, then run this one again. "
    told = later_text(later.points + answered_points(result), later.names)
    return f"{first if is_untouched(result) else ''}{told}".rstrip()


def check(exercise: str | Sequence[str] = "") -> Report:
    """Run the visible checks of an exercise on what the notebook holds now.

    Parameters
    ----------
    exercise : str or sequence of str
        Its id, or several of them; every exercise of the notebook where it is empty.

    Raises
    ------
    UsageError
        The notebook has no exercise of this id, or its set-up cell has not been run.
    NotebookError
        The checks in the notebook cannot be read.
    """
    return check_names(exercise, _notebook_names())


def check_names(exercise: str | Sequence[str], names: Mapping[str, Any]) -> Report:
    """Run the visible checks of an exercise on names; see `check`."""
    from grader.bundle import VARIABLE, asked_exercises, read_bundle
    from grader.checks.students.local import LocalStudent
    from grader.errors import UsageError
    from grader.grading.exercise import grade_exercise
    from grader.grading.explaining import Context

    bundle = names.get(VARIABLE)
    if not isinstance(bundle, str):
        raise UsageError(
            "The checks are not there yet: run the set-up cell at the top of the notebook, then "
            "this cell again. After a restart of the kernel, run your own cells again too."
        )
    checks = read_bundle(bundle)
    checks = checks.only(asked_exercises(exercise, checks.preparation.course))
    student = LocalStudent(names, limit_s=CALL_S, where=partial(_where, names))
    context = Context(_cells_that_ran(names), checks.preparation.course)
    found = tuple(
        (
            grade_exercise(ready, student, context=context),
            checks.later[ready.exercise.id],
        )
        for ready in checks.preparation.exercises
    )
    exercises = checks.preparation.course.exercises
    return Report(found, {name: each.mistake_titles for name, each in exercises.items()})


def _cells_that_ran(names: Mapping[str, Any]) -> NotebookCells:
    """Return the cells that a kernel has run, as far as it remembers; their numbers say nothing."""
    from grader.grading.explaining import NotebookCells
    from grader.notebook import Cell

    history = names.get("In")
    ran = history[-_MOST_REMEMBERED:] if isinstance(history, list) else []
    sources = [text for text in ran if isinstance(text, str)]
    cells = [Cell(index=index, kind="code", source=source) for index, source in enumerate(sources)]
    return NotebookCells(cells, numbered=False)


def _where(names: Mapping[str, Any], error: BaseException) -> str:
    """Return the last line of the notebook's own code that led to an exception."""
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
    """Return the names of the running kernel, or of the program where there is no kernel."""
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
    """Give a kernel the magic ``%check``; what ``%load_ext grader`` calls.

    Parameters
    ----------
    shell : InteractiveShell
        The kernel's.
    shared : sequence of str
        Names to which several quizzes bind their answers. As when the notebook is graded, the dicts
        that cells bind to one are put together.
    packages : sequence of str
        What the notebook may use when it is graded, as pip calls it; what is missing here is told.
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
            raise UsageError(str(error)) from error  # which IPython tells without a traceback
        display(report)

    shell.register_magic_function(check_magic, "line", "check")
