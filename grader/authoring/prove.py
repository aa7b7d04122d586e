"""Proving an exercise: who is right gets every point, who is wrong what is stated, nobody more."""

from __future__ import annotations

import gc
import os
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any, TypeAlias

from grader.authoring.bounded import Ended, Task, run_bounded
from grader.authoring.claims import claims_of_sessions, claims_of_trials, lost_claim, mutant_claims
from grader.authoring.equivalence import tell_apart
from grader.authoring.leaks import find_leaks
from grader.authoring.mutation import Mutant, make_mutants
from grader.authoring.programs import right_answers, to_be_rehearsed
from grader.authoring.proof import Claim, ClaimKind, ExerciseProof, MutantReport, Survivor
from grader.authoring.rehearsal import Rehearsal, rehearse
from grader.authoring.trials import (
    find_faults,
    first_catch,
    profile,
    try_forms,
    try_hard_coded,
    try_seed,
    try_summation,
    try_tolerances,
)
from grader.batch import EngineFactory
from grader.course import Course, Exercise, read_program
from grader.preparation import Preparation, PreparedExercise, prepare_course

__all__ = ["SEEDS", "Step", "prove_exercise"]

SEEDS = (*range(1, 20), 2**40)
"""Seeds, beside the run's own, at which right answers must get every point."""
_SEEDS_FOR_MISTAKES = 2

_PREPARED_WITHIN_S = 120.0
_SESSIONS_WITHIN_S = 300.0
_TRIAL_WITHIN_S = 120.0
_MUTANT_BYTES = 1024**3
_MUTANT_CALL_S = 1.0
_MUTANT_GRACE_S = 10.0

Step: TypeAlias = Callable[[int, int], None]
"""Told how many pieces of work are done, and how many there are."""
_Key: TypeAlias = tuple[str, Any]


@dataclass(slots=True)
class _Bench:
    """An exercise on trial, and what has been found so far."""

    course: Course
    preparation: Preparation
    engines: EngineFactory
    jobs: int
    seeds: Sequence[int]
    step: Step
    found: dict[_Key, Ended] = field(default_factory=dict)
    announced: int = 0

    @property
    def ready(self) -> PreparedExercise:
        return self.preparation.exercises[0]

    @property
    def exercise(self) -> Exercise:
        return self.ready.exercise

    def run(self, tasks: Sequence[Task]) -> None:
        """Do some work, and keep what came of it."""
        self.announced += len(tasks)
        for ended in run_bounded(tasks, jobs=self.jobs):
            self.found[ended.key] = ended
            self.step(len(self.found), self.announced)

    def of(self, kind: str) -> Iterator[Ended]:
        """Yield what came of one kind of work, in the order in which it was given."""
        yield from sorted(
            (ended for key, ended in self.found.items() if key[0] == kind), key=lambda e: e.key[1]
        )


def prove_exercise(
    course: Course,
    exercise: str,
    engines: EngineFactory,
    *,
    jobs: int,
    seeds: Sequence[int] = SEEDS,
    step: Step = lambda done, total: None,  # noqa: ARG005
) -> ExerciseProof:
    """Try everything that is claimed of an exercise.

    Parameters
    ----------
    course : Course
        The course.
    exercise : str
        Id of the exercise.
    engines : EngineFactory
        Starts what runs its programs as notebooks.
    jobs : int
        How many processes work at once.
    seeds : sequence of int
        Seeds, beside the default one, at which right answers must pass; at the last two of them the
        known mistakes are tried too.
    step : callable
        Told how many pieces of work are done, and how many there are.

    Raises
    ------
    UsageError
        mutmut is not installed, or the course has no such exercise.
    """
    began, used = time.perf_counter(), _cpu_s()
    faults = _faults_of(course, exercise)
    if faults:
        proof = _faulty(course.exercises[exercise], faults)
    else:
        preparation = prepare_course(course, only=[exercise])
        proof = _proof(_Bench(course, preparation, engines, jobs, seeds, step))
    return proof.model_copy(
        update={
            "seconds": round(time.perf_counter() - began, 3),
            "cpu_s": round(_cpu_s() - used, 3),
        }
    )


def _faults_of(course: Course, exercise: str) -> list[Claim]:
    """Prepare an exercise's checks in another process, where a program may run for ever."""
    trial = Task("prepare", partial(find_faults, course, exercise), _PREPARED_WITHIN_S)
    (ended,) = run_bounded([trial], jobs=1)
    if ended.lost:
        return [_course_claim(f"preparing its checks {ended.lost}")]
    return [_course_claim(fault, check) for check, fault in ended.value]


def _course_claim(reason: str, about: str = "the exercise") -> Claim:
    return Claim(kind="course", about=about, holds=False, reason=reason)


def _faulty(exercise: Exercise, claims: Sequence[Claim]) -> ExerciseProof:
    return ExerciseProof(id=exercise.id, points=exercise.points, claims=tuple(claims))


def _proof(bench: _Bench) -> ExerciseProof:
    exercise = bench.exercise
    gc.freeze()  # a collection in a child would copy what it inherited, page by page
    try:
        bench.run([Task(("profile", 0), partial(profile, bench.ready), _TRIAL_WITHIN_S)])
        (costs,) = bench.of("profile")
        if costs.lost:
            return _faulty(exercise, [_course_claim(f"judging the reference {costs.lost}")])
        source = read_program(exercise.reference)
        mutants = make_mutants(source, exercise.defines) if costs.value else []
        bench.run([*_trials(bench), *_mutant_trials(bench, mutants, costs.value)])
        survivors = {
            ended.key[1]: mutants[ended.key[1]]
            for ended in bench.of("mutant")
            if not ended.lost and not ended.value
        }
        bench.run(_second_looks(bench, survivors))
    finally:
        gc.unfreeze()
    return _written(bench, mutants, survivors)


def _trials(bench: _Bench) -> Iterator[Task]:
    """Return the trials of whole programs, those that take longest first."""
    ready, course, exercise = bench.ready, bench.course, bench.exercise
    programs = to_be_rehearsed(course, exercise)
    yield Task(
        ("sessions", 0),
        partial(rehearse, bench.preparation, programs, bench.engines),
        _SESSIONS_WITHIN_S,
    )
    for seed in bench.seeds:
        with_mistakes = seed in bench.seeds[-_SEEDS_FOR_MISTAKES:]
        trial = partial(try_seed, course, exercise.id, seed, with_mistakes=with_mistakes)
        yield Task(("seeds", seed), trial, _TRIAL_WITHIN_S)
    for name, path in right_answers(exercise).items():
        yield Task(("forms", name), partial(try_forms, ready, name, path), _TRIAL_WITHIN_S)
        yield Task(("summation", name), partial(try_summation, ready, name, path), _TRIAL_WITHIN_S)
    yield Task(("tolerance", 0), partial(try_tolerances, ready), _TRIAL_WITHIN_S)
    yield Task(("hard-coded", 0), partial(try_hard_coded, ready), _TRIAL_WITHIN_S)


def _mutant_trials(
    bench: _Bench, mutants: Sequence[Mutant], costs: Mapping[str, float]
) -> Iterator[Task]:
    """Return the trials of the mutants: cheap checks first, until one catches it."""
    by_name = {check.check.name: check for check in bench.ready.checks}
    checks = [by_name[name] for name in sorted(costs, key=costs.__getitem__)]
    call_s = _MUTANT_CALL_S + 10 * max(costs.values(), default=0.0)
    limit_s = _MUTANT_GRACE_S + 2 * call_s + 20 * sum(costs.values())
    for index, mutant in enumerate(mutants):
        trial = partial(first_catch, checks, mutant.source, bench.ready, call_s)
        yield Task(("mutant", index), trial, limit_s, _MUTANT_BYTES)


def _second_looks(bench: _Bench, survivors: Mapping[int, Mutant]) -> list[Task]:
    """Return what hangs on the first trials: what sets survivors apart, and what was given away."""
    ready = bench.ready
    (sessions,) = bench.of("sessions")
    rehearsals: Mapping[str, Rehearsal] = sessions.value or {}
    results = [rehearsal.result for rehearsal in rehearsals.values()]
    looks = [
        Task(
            ("survivor", index),
            partial(tell_apart, ready, mutant.source, _MUTANT_CALL_S),
            _TRIAL_WITHIN_S,
            _MUTANT_BYTES,
        )
        for index, mutant in survivors.items()
    ]
    leaks = Task(("leaks", 0), partial(find_leaks, bench.preparation, results), _TRIAL_WITHIN_S)
    return [leaks, *looks]


_TRIALS: tuple[ClaimKind, ...] = (
    "seeds",
    "forms",
    "summation",
    "tolerance",
    "hard-coded",
    "leaks",
)


def _written(
    bench: _Bench, mutants: Sequence[Mutant], survivors: Mapping[int, Mutant]
) -> ExerciseProof:
    exercise = bench.exercise
    report = _report(bench, mutants, survivors)
    (sessions,) = bench.of("sessions")
    if sessions.lost:
        claims = [lost_claim("right answer", "sessions", sessions.lost)]
        cpu_s = wall_s = 0.0
    else:
        claims = claims_of_sessions(bench.ready, sessions.value)
        right = [sessions.value[name] for name in right_answers(exercise)]
        cpu_s = median(each.cpu_s for each in right)
        wall_s = median(each.wall_s for each in right)
    for kind in _TRIALS:
        claims += claims_of_trials(kind, tuple(bench.of(kind)))
    claims += mutant_claims(exercise, mutants, report)
    return ExerciseProof(
        id=exercise.id,
        points=exercise.points,
        claims=tuple(claims),
        mutants=report,
        submission_cpu_s=round(cpu_s, 4),
        submission_wall_s=round(wall_s, 4),
    )


def _report(
    bench: _Bench, mutants: Sequence[Mutant], survivors: Mapping[int, Mutant]
) -> MutantReport:
    reasons = {each.mutant: each.why for each in bench.exercise.equivalents}
    looks = {ended.key[1]: ended for ended in bench.of("survivor")}
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
    hung = sum(ended.hung for ended in bench.of("mutant"))
    return MutantReport(
        made=len(mutants), caught=len(mutants) - len(listed), hung=hung, survivors=listed
    )


def _cpu_s() -> float:
    """Return the processor time of this process and of its children that have ended [s]."""
    times = os.times()
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + times.children_user + times.children_system
