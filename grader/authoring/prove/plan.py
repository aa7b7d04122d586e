"""The trials of an exercise, as tasks with limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from grader.authoring.prove.bounded_process import BoundedTask, Ended, run_bounded
from grader.authoring.prove.dry_runs import DryRun, run_dry
from grader.authoring.prove.equivalence import tell_apart
from grader.authoring.prove.leaks import find_leaks
from grader.authoring.prove.mutation import Mutant
from grader.authoring.prove.program_notebooks import dry_runs_of, right_answers
from grader.authoring.prove.trials import (
    first_catch,
    profile,
    try_forms,
    try_hard_coded,
    try_seed,
    try_summation,
    try_tolerances,
)
from grader.course import Course, Exercise, read_program
from grader.grading.preparation import Preparation, PreparedExercise
from grader.sandbox.engine import EngineFactory

_SEEDS_FOR_MISTAKES = 2
_SESSIONS_WITHIN_S = 300.0
_TRIAL_WITHIN_S = 120.0
_MUTANT_BYTES = 1024**3
_MUTANT_CALL_S = 0.3
_MUTANT_GRACE_S = 10.0

Step: TypeAlias = Callable[[int, int], None]
"""Receives the number of finished tasks, and of all tasks."""
_Key: TypeAlias = tuple[str, Any]


@dataclass(slots=True)
class OnTrial:
    """An exercise on trial, with the outcomes so far.

    Attributes
    ----------
    course : Course
        The course.
    preparation : Preparation
        Of this exercise, at the default seed.
    engines : EngineFactory
        Starts the engine that runs programs as notebooks.
    jobs : int
        Number of processes at once.
    seeds : sequence of int
        Further seeds.
    step : callable
        Called with the progress after each task.
    found : dict
        The outcome of each task by its key: the kind of trial, and its subject.
    announced : int
        Number of tasks so far.
    """

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
        """The exercise, with its checks."""
        return self.preparation.exercises[0]

    @property
    def exercise(self) -> Exercise:
        """The exercise as the course has it."""
        return self.ready.exercise

    def run(self, tasks: Sequence[BoundedTask]) -> None:
        """Run tasks, and keep their outcomes."""
        self.announced += len(tasks)
        for ended in run_bounded(tasks, jobs=self.jobs):
            self.found[ended.key] = ended
            self.step(len(self.found), self.announced)

    def of(self, kind: str) -> Iterator[Ended]:
        """Yield the outcomes of one kind of trial, in order of their subjects."""
        yield from sorted(
            (ended for key, ended in self.found.items() if key[0] == kind), key=lambda e: e.key[1]
        )


def cost_trial(on_trial: OnTrial) -> BoundedTask:
    """Return the trial that measures the cost of each check."""
    return BoundedTask(("profile", 0), partial(profile, on_trial.ready), _TRIAL_WITHIN_S)


def first_trials(
    on_trial: OnTrial, mutants: Sequence[Mutant], costs: Mapping[str, float]
) -> list[BoundedTask]:
    """Return the trials that do not depend on one another."""
    return [*_trials(on_trial), *_mutant_trials(on_trial, mutants, costs)]


def _trials(on_trial: OnTrial) -> Iterator[BoundedTask]:
    """Return the trials of whole programs, those that take longest first."""
    ready, course, exercise = on_trial.ready, on_trial.course, on_trial.exercise
    programs = dry_runs_of(course, exercise)
    yield BoundedTask(
        ("sessions", 0),
        partial(run_dry, on_trial.preparation, programs, on_trial.engines),
        _SESSIONS_WITHIN_S,
        has_others_work=True,
    )
    for seed in on_trial.seeds:
        with_mistakes = seed in on_trial.seeds[-_SEEDS_FOR_MISTAKES:]
        trial = partial(try_seed, course, exercise.id, seed, with_mistakes=with_mistakes)
        yield BoundedTask(("seeds", seed), trial, _TRIAL_WITHIN_S)
    for name, path in right_answers(exercise).items():
        yield BoundedTask(("forms", name), partial(try_forms, ready, name, path), _TRIAL_WITHIN_S)
        yield BoundedTask(
            ("summation", name), partial(try_summation, ready, name, path), _TRIAL_WITHIN_S
        )
    yield BoundedTask(("tolerance", 0), partial(try_tolerances, ready), _TRIAL_WITHIN_S)
    yield BoundedTask(("hard-coded", 0), partial(try_hard_coded, ready), _TRIAL_WITHIN_S)


def _mutant_trials(
    on_trial: OnTrial, mutants: Sequence[Mutant], costs: Mapping[str, float]
) -> Iterator[BoundedTask]:
    """Return the trials of the mutants: cheap checks first, until one catches it."""
    by_name = {check.check.name: check for check in on_trial.ready.checks}
    checks = [by_name[name] for name in sorted(costs, key=costs.__getitem__)]
    call_s = _MUTANT_CALL_S + 20 * max(costs.values(), default=0.0)
    limit_s = _MUTANT_GRACE_S + 2 * call_s + 20 * sum(costs.values())
    unchanged = read_program(on_trial.exercise.reference)
    sources = {("control", 0): unchanged} | {
        ("mutant", index): mutant.source for index, mutant in enumerate(mutants)
    }
    for key, source in sources.items():
        trial = partial(first_catch, checks, source, on_trial.ready, call_s)
        yield BoundedTask(key, trial, limit_s, _MUTANT_BYTES, shares=True)


def second_looks(on_trial: OnTrial, survivors: Mapping[int, Mutant]) -> list[BoundedTask]:
    """Return the trials that need the first ones: of surviving mutants, and of leaks."""
    ready = on_trial.ready
    (sessions,) = on_trial.of("sessions")
    dry_runs: Mapping[str, DryRun] = sessions.value or {}
    results = [dry_run.result for dry_run in dry_runs.values()]
    looks = [
        BoundedTask(
            ("survivor", index),
            partial(tell_apart, ready, mutant.source, _MUTANT_CALL_S),
            _TRIAL_WITHIN_S,
            _MUTANT_BYTES,
        )
        for index, mutant in survivors.items()
    ]
    leaks = BoundedTask(
        ("leaks", 0), partial(find_leaks, on_trial.preparation, results), _TRIAL_WITHIN_S
    )
    return [leaks, *looks]
