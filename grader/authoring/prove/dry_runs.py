"""Runs the programs of an exercise as notebooks, exactly like students' notebooks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.authoring.prove.program_notebooks import ProgramNotebook
from grader.grading.grade import grade_submission
from grader.grading.preparation import Preparation
from grader.results import SubmissionResult
from grader.sandbox.engine import Engine, EngineFactory
from grader.sandbox.notebook_run import NotebookRun, NotebookSource


@dataclass(frozen=True, slots=True)
class DryRun:
    """The result and cost of one program.

    Attributes
    ----------
    result : SubmissionResult
        Its grade.
    cpu_s : float
        Processor time of its session and of the grader while it was graded [s].
    wall_s : float
        Elapsed time [s].
    """

    result: SubmissionResult
    cpu_s: float
    wall_s: float


@dataclass(slots=True)
class _Metered:
    """An engine that keeps its runs, since their cost is known only at the end."""

    engine: Engine
    runs: list[NotebookRun] = field(default_factory=list)

    def run_notebook(self, source: NotebookSource) -> NotebookRun:
        run = self.engine.run_notebook(source)
        self.runs.append(run)
        return run


def run_dry(
    preparation: Preparation, programs: Sequence[ProgramNotebook], engines: EngineFactory
) -> dict[str, DryRun]:
    """Run programs as notebooks and grade them; return the results by name.

    Raises
    ------
    SandboxError
        The engine could not be started.
    """
    with engines.start() as engine:
        return {each.student: _run_dry(preparation, each, engine) for each in programs}


def _run_dry(preparation: Preparation, program: ProgramNotebook, engine: Engine) -> DryRun:
    metered = _Metered(engine)
    began, used = time.perf_counter(), time.process_time()
    result = grade_submission(preparation, program, metered)
    cpu_s = time.process_time() - used + sum(run.session.cpu_s for run in metered.runs)
    return DryRun(result, cpu_s, time.perf_counter() - began)
