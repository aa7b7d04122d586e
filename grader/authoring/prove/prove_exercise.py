"""Proves an exercise: right answers earn full points, known mistakes exactly the stated score."""

from __future__ import annotations

import ast
import gc
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median

from grader.authoring.prove.bounded_process import BoundedTask, run_bounded
from grader.authoring.prove.mutation import Mutant, make_mutants
from grader.authoring.prove.plan import OnTrial, Step, cost_trial, first_trials, second_looks
from grader.authoring.prove.program_notebooks import known_mistakes, right_answers
from grader.authoring.prove.proof import (
    ExerciseProof,
    MutantReport,
    ProofItem,
    ProofItemKind,
    Survivor,
)
from grader.authoring.prove.proof_items import (
    control_item,
    item_of,
    items_of_sessions,
    items_of_trials,
    mutant_items,
)
from grader.authoring.prove.trials import find_faults
from grader.course import Course, Exercise, read_program
from grader.errors import CheckError
from grader.grading.preparation import prepare_course
from grader.sandbox.engine import EngineFactory

SEEDS = (*range(1, 20), 2**40)
"""Additional seeds at which right answers must get full points."""

_PREPARED_WITHIN_S = 120.0
_WHOLE = "the exercise"


def prove_exercise(
    course: Course,
    exercise: str,
    engines: EngineFactory,
    *,
    jobs: int,
    seeds: Sequence[int] = SEEDS,
    step: Step = lambda done, total: None,  # noqa: ARG005
) -> ExerciseProof:
    """Test every claim about an exercise.

    Parameters
    ----------
    course : Course
        The course.
    exercise : str
        Id of the exercise.
    engines : EngineFactory
        Starts the engine that runs its programs as notebooks.
    jobs : int
        Number of processes at once.
    seeds : sequence of int
        Additional seeds at which right answers must pass; the last two are also used for the known
        mistakes.
    step : callable
        Called with the number of finished tasks, and of all tasks.

    Raises
    ------
    UsageError
        mutmut is not installed, or the course has no such exercise.
    """
    began, used = time.perf_counter(), _cpu_s()
    with course.working():
        faults = _faults_of(course, exercise)
        if faults:
            proof = _faulty(course.exercises[exercise], faults)
        else:
            _import_for(course.exercises[exercise])
            preparation = prepare_course(course, only=[exercise])
            proof = _proof(OnTrial(course, preparation, engines, jobs, seeds, step))
    return proof.model_copy(
        update={
            "seconds": round(time.perf_counter() - began, 3),
            "cpu_s": round(_cpu_s() - used, 3),
        }
    )


def _import_for(exercise: Exercise) -> None:
    """Import the modules that the exercise's programs import, before trials are forked.

    Otherwise importing scipy would take half a second in each trial.
    """
    for path in (*right_answers(exercise).values(), *known_mistakes(exercise).values()):
        for module in _imported(path):
            with suppress(Exception):  # the trials report the failure
                import_module(module)


def _imported(path: Path) -> Iterator[str]:
    with suppress(CheckError, SyntaxError, ValueError):
        for node in ast.walk(ast.parse(read_program(path))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module


def _faults_of(course: Course, exercise: str) -> list[ProofItem]:
    """Prepare an exercise's checks in a bounded process, since a program may never end."""
    trial = BoundedTask("prepare", partial(find_faults, course, exercise), _PREPARED_WITHIN_S)
    (ended,) = run_bounded([trial], jobs=1)
    if ended.lost:
        return [item_of("course", _WHOLE, f"preparing its checks {ended.lost}")]
    return [item_of("course", check, fault) for check, fault in ended.value]


def _faulty(exercise: Exercise, items: Sequence[ProofItem]) -> ExerciseProof:
    return ExerciseProof(id=exercise.id, points=exercise.points, claims=tuple(items))


def _proof(on_trial: OnTrial) -> ExerciseProof:
    exercise = on_trial.exercise
    gc.freeze()  # a collection in a child would copy what it inherited, page by page
    try:
        on_trial.run([cost_trial(on_trial)])
        (costs,) = on_trial.of("profile")
        if costs.lost:
            return _faulty(
                exercise, [item_of("course", _WHOLE, f"judging the reference {costs.lost}")]
            )
        source = read_program(exercise.reference)
        mutants = make_mutants(source, exercise.defines) if costs.value else []
        on_trial.run(first_trials(on_trial, mutants, costs.value))
        survivors = {
            ended.key[1]: mutants[ended.key[1]]
            for ended in on_trial.of("mutant")
            if not ended.lost and not ended.value
        }
        on_trial.run(second_looks(on_trial, survivors))
    finally:
        gc.unfreeze()
    return _written(on_trial, mutants, survivors)


_TRIALS: tuple[ProofItemKind, ...] = (
    "seeds",
    "forms",
    "summation",
    "tolerance",
    "hard-coded",
    "leaks",
)


def _written(
    on_trial: OnTrial, mutants: Sequence[Mutant], survivors: Mapping[int, Mutant]
) -> ExerciseProof:
    exercise = on_trial.exercise
    report = _report(on_trial, mutants, survivors)
    (sessions,) = on_trial.of("sessions")
    if sessions.lost:
        items = [item_of("right answer", "sessions", sessions.lost)]
        cpu_s = wall_s = 0.0
    else:
        items = items_of_sessions(on_trial.ready, sessions.value)
        right = [sessions.value[name] for name in right_answers(exercise)]
        cpu_s = median(each.cpu_s for each in right)
        wall_s = median(each.wall_s for each in right)
    for kind in _TRIALS:
        items += items_of_trials(kind, tuple(on_trial.of(kind)))
    (control,) = on_trial.of("control")
    items += [control_item(control), *mutant_items(exercise, mutants, report)]
    return ExerciseProof(
        id=exercise.id,
        points=exercise.points,
        claims=tuple(items),
        mutants=report,
        submission_cpu_s=round(cpu_s, 4),
        submission_wall_s=round(wall_s, 4),
    )


def _report(
    on_trial: OnTrial, mutants: Sequence[Mutant], survivors: Mapping[int, Mutant]
) -> MutantReport:
    reasons = {each.mutant: each.why for each in on_trial.exercise.equivalents}
    looks = {ended.key[1]: ended for ended in on_trial.of("survivor")}
    listed = tuple(
        Survivor(
            mutant=mutant.id,
            line=mutant.line,
            diff=mutant.diff,
            found=looks[index].value or looks[index].lost,
            equivalent=mutant.id in reasons,
            why=reasons.get(mutant.id, ""),
        )
        for index, mutant in survivors.items()
    )
    hung = sum(ended.hung for ended in on_trial.of("mutant"))
    return MutantReport(
        made=len(mutants), caught=len(mutants) - len(listed), hung=hung, survivors=listed
    )


def _cpu_s() -> float:
    """Return the processor time of this process and of its children that have ended [s]."""
    return sum(os.times()[:4])
