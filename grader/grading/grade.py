"""Grades one submission: the main flow from course, notebook and sandbox to a result."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import cache, partial
from typing import Protocol

from grader.checks.cell_code import CellCode
from grader.errors import NotebookError, SandboxError
from grader.grading.attribution import Attribution
from grader.grading.explaining import Context, NotebookCells, failures_of
from grader.grading.explaining.absences import Absences
from grader.grading.follow_through.judge import OpenFork, earned_shares
from grader.grading.fork_sharing import harmless_functions
from grader.grading.judge_exercise import JudgedExercise, judge_exercise
from grader.grading.preparation import Preparation
from grader.grading.working_folder import lay_out_folder
from grader.limits.own_alarm import OwnAlarm
from grader.notebook import Notebook
from grader.results import SubmissionResult, SubmissionStatus, total
from grader.sandbox.deadline import Doubt
from grader.sandbox.engine import Engine
from grader.sandbox.notebook_run import NotebookRun, NotebookSource
from grader.sandbox.session_process import ZygoteDied

_OUT_OF_MEMORY = (
    "Its answers take more memory than a worker has for one submission. If they are honest, give "
    "workers more with `sandbox: {limits: {worker_bytes: ...}}` in course.yaml."
)


class SubmissionSource(Protocol):
    """A submission: its student, and how to read it."""

    @property
    def student(self) -> str:
        """The student who handed it in."""

    @property
    def notebook(self) -> str:
        """The origin of the notebook, to display."""

    def read(self) -> Notebook:
        """Read the notebook; raise NotebookError if it is unreadable."""


def grade_submission(
    preparation: Preparation,
    submission: SubmissionSource,
    engine: Engine,
    only: Collection[str] | None = None,
) -> SubmissionResult:
    """Grade one submission, or `only` some of its exercises; every submission gets a result.

    If the zygote died, or a process of the session was killed, the submission is graded once more,
    since another one may have been the cause. The second result counts. A failure of the machinery,
    or a worker that runs out of memory, becomes a result with the status ``error``.
    """
    started = time.perf_counter()
    if only is not None:
        preparation = preparation.with_only(only)
    result = _grade(preparation, submission, engine)
    return result.model_copy(update={"seconds": round(time.perf_counter() - started, 4)})


def _grade(
    preparation: Preparation, submission: SubmissionSource, engine: Engine
) -> SubmissionResult:
    try:
        notebook = submission.read()
    except NotebookError as error:
        return ungraded(submission, "unreadable", str(error), preparation.max_score)
    try:
        with preparation.course.working():
            return _grade_readable(preparation, submission, notebook, engine)
    except SandboxError as error:
        reason = str(error)
    except MemoryError:
        reason = _OUT_OF_MEMORY
    return ungraded(submission, "error", reason, preparation.max_score, notebook.sha256)


def _grade_readable(
    preparation: Preparation, submission: SubmissionSource, notebook: Notebook, engine: Engine
) -> SubmissionResult:
    with suppress(ZygoteDied):
        result, killed = _grade_notebook(preparation, submission, notebook, engine)
        if not killed:
            return result
    return _grade_notebook(preparation, submission, notebook, engine)[0]


def _grade_notebook(
    preparation: Preparation, submission: SubmissionSource, notebook: Notebook, engine: Engine
) -> tuple[SubmissionResult, bool]:
    """Return the result, and whether a process of the session was killed."""
    folder = lay_out_folder(preparation, notebook)
    absences = Absences(folder, preparation.course.sandbox)
    code = notebook.code_cells
    source = NotebookSource(
        cells=[cell.source for cell in code],
        numbers=[cell.index + 1 for cell in code],
        shared=preparation.course.shared_names,
        files=folder.files,
    )
    read = cache(CellCode.read)
    # One alarm around those of all checks makes each of these fast to set and remove.
    with OwnAlarm(math.inf), engine.run_notebook(source) as run:
        cells = NotebookCells.of(notebook.cells, run.outcomes, read)
        judged = _judge_exercises(preparation, notebook, source, run, cells, absences)
        # Last of all, since these questions come from inside the reference.
        exercises = tuple(each.result for each in _follow_through(judged, run.session.open))
    result = SubmissionResult(
        student=submission.student,
        notebook=submission.notebook,
        sha256=notebook.sha256,
        status="timed_out" if run.timed_out else "graded",
        reason=run.reason,
        score=total(exercise.score for exercise in exercises),
        max_score=total(exercise.max_score for exercise in exercises),
        seconds=0.0,
        remarks=(*notebook.remarks, *folder.remarks),
        cells=tuple(failures_of(cells, absences.advice(run.outcomes, source.cells))),
        exercises=exercises,
    )
    return result.model_copy(update={"doubt": run.doubt}), run.killed


def _judge_exercises(
    preparation: Preparation,
    notebook: Notebook,
    source: NotebookSource,
    run: NotebookRun,
    cells: NotebookCells,
    absences: Absences,
) -> list[JudgedExercise]:
    """Judge each exercise in turn; exercises that leave a fork as good as new share it."""
    course = preparation.course
    attribution = Attribution(course.exercises, notebook.cells, run.outcomes, cells.read)
    context = Context(cells, course)
    several = len(preparation.exercises) > 1
    harmless = harmless_functions(source.cells, cells.read) if several else None
    judged = []
    for ready in preparation.exercises:
        work = partial(attribution.work_on, ready.exercise)
        with run.session.open(harmless) as student:
            judged.append(judge_exercise(ready, student, work, context, absences))
    return judged


def _follow_through(
    judged: Sequence[JudgedExercise], open_fork: OpenFork
) -> Iterator[JudgedExercise]:
    """Yield each exercise, with the shares of points that its failures still earn."""
    right = [each.ready.exercise.id for each in judged if each.is_right]
    for each in judged:
        found = earned_shares(each, open_fork, right)
        yield replace(each, outcomes={**each.outcomes, **found}) if found else each


def ungraded(
    submission: SubmissionSource,
    status: SubmissionStatus,
    reason: str,
    max_score: Decimal,
    sha256: str | None = None,
) -> SubmissionResult:
    """Return the result of a submission that could not be graded, with the reason."""
    return SubmissionResult(
        student=submission.student,
        notebook=submission.notebook,
        sha256=sha256,
        status=status,
        reason=reason,
        score=Decimal(0),
        max_score=max_score,
        seconds=0.0,
    )


_STARVED = (
    "It got hardly any processor time, so only a limit in wall-clock time stopped it: this machine "
    "is overloaded. Run the same command again when less else is running."
)
_AGAIN = (
    "It ran out of time while the machine was overloaded, and was graded again by itself; "
    "that is the grade shown here."
)


def settled(result: SubmissionResult, first: SubmissionResult | None = None) -> SubmissionResult:
    """Return the final result of a submission that was graded alone.

    `first` is an earlier result, graded in parallel with others, in which a doubtful limit struck.
    If only the backstop stopped the submission even when alone, the machine is the cause, and the
    result does not judge the student.
    """
    if result.doubt is Doubt.BACKSTOP:
        return result.model_copy(
            update={
                "status": "error",
                "reason": _STARVED,
                "score": Decimal(0),
                "exercises": (),
                "doubt": Doubt.NONE,
            }
        )
    sure = result.model_copy(update={"doubt": Doubt.NONE})
    alike = {"seconds": 0.0, "doubt": Doubt.NONE}
    if first is None or first.model_copy(update=alike) == sure.model_copy(update=alike):
        return sure
    return sure.model_copy(update={"remarks": (*sure.remarks, _AGAIN)})
