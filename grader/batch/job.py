"""The work of a run: the course, the exercises to grade, and the workers that grade them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from grader.batch.executor import Executor
from grader.batch.pool import LocalPool
from grader.cache import Cache, hidden_from_sessions
from grader.course import Course, Exercise
from grader.errors import UsageError, command_for_extras
from grader.grading.preparation import prepare_course
from grader.sandbox.early_sandbox import EarlySandbox
from grader.sandbox.engine import EngineFactory, EngineName, Isolation
from grader.sandbox.engines import engines_for
from grader.sandbox.packages import require_packages

if TYPE_CHECKING:
    from grader.batch.cluster.assignment import EngineMaker
    from grader.gradebook.fingerprints import GradingSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The work of a run, as far as the gradebook lacks its results.

    Attributes
    ----------
    course : Course
        The course.
    exercises : tuple of Exercise
        The exercises to grade.
    seed : int
        Seed of hidden inputs.
    isolation, engine : str
        The tier, and what runs the cells.
    """

    course: Course
    exercises: tuple[Exercise, ...]
    seed: int
    isolation: str
    engine: str

    def with_upstream(self, missing: Sequence[str]) -> tuple[str, ...]:
        """Return the exercises to judge, in order to grade the missing ones."""
        return with_upstream(self.course, [self.course.exercises[name] for name in missing])

    def snapshot(self) -> GradingSnapshot:
        """Return everything that the grades of this run depend on."""
        from grader.gradebook.fingerprints import course_as_graded

        return course_as_graded(
            self.course,
            self.exercises,
            seed=self.seed,
            isolation=self.isolation,
            engine=self.engine,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalJob(Job):
    """A job for worker processes on this machine.

    Attributes
    ----------
    engines : EngineFactory
        Starts the engine of each worker.
    jobs : int
        Number of worker processes.
    early : EarlySandbox, optional
        Engine of the first worker, started before the course was read.
    cache : Cache, optional
        Results of earlier runs.
    started : Executor, optional
        The workers, if they were started before it was known whether there is work.
    """

    engines: EngineFactory
    jobs: int
    early: EarlySandbox | None = None
    cache: Cache | None = None
    started: Executor | None = None

    def start(self) -> AbstractContextManager[Executor]:
        """Return a pool that prepares the course and starts its workers when entered."""
        if self.started is not None:
            return nullcontext(self.started)
        names = with_upstream(self.course, self.exercises)
        prepare = partial(prepare_course, self.course, seed=self.seed, only=names, cache=self.cache)
        return LocalPool(prepare, self.engines, self.jobs, self.early)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterJob(Job):
    """A job for the workers of a Dask cluster.

    Attributes
    ----------
    engines : EngineMaker
        Makes engines of this kind and tier on the workers.
    scheduler : str
        Address of a Dask scheduler, or the path of its scheduler file.
    """

    engines: EngineMaker
    scheduler: str

    def __post_init__(self) -> None:
        """Raise UsageError if Dask is not installed."""
        if find_spec("distributed") is None:
            raise UsageError(
                f"`scheduler=` needs Dask: run `{command_for_extras('dask')}` here and on every "
                "worker."
            )

    def start(self) -> AbstractContextManager[Executor]:
        """Return a pool that connects to the cluster when entered."""
        from grader.batch.cluster.assignment import assign
        from grader.batch.cluster.dask_pool import DaskPool

        assignment = assign(self.course, self.exercises, self.engines, self.snapshot())
        return DaskPool(self.scheduler, assignment)


def job_for(
    course: Course,
    exercises: Sequence[Exercise],
    *,
    seed: int,
    isolation: Isolation,
    engine: EngineName,
    jobs: int | None,
    scheduler: str | None = None,
    early: EarlySandbox | None = None,
    cache: Cache | None = None,
) -> LocalJob | ClusterJob:
    """Return the work of a run.

    Raises
    ------
    SandboxError
        This machine cannot provide the tier, or lacks a package of the course.
    UsageError
        The engine cannot provide the tier, or the options conflict.
    """
    require_packages(course.sandbox)
    if scheduler is not None:
        if jobs is not None:
            raise UsageError(
                "`jobs=` is about this machine; with `scheduler=`, the cluster's workers determine "
                "how many submissions are graded at once. Give one of the two."
            )
        return ClusterJob(
            course=course,
            exercises=tuple(exercises),
            seed=seed,
            isolation=isolation,
            engine=engine,
            engines=partial(engines_for, engine, isolation=isolation),
            scheduler=scheduler,
        )
    judged = [course.exercises[name] for name in with_upstream(course, exercises)]
    settings = course.sandbox_for(judged)
    hidden = hidden_from_sessions(course.folder, cache)
    return LocalJob(
        course=course,
        exercises=tuple(exercises),
        seed=seed,
        isolation=isolation,
        engine=engine,
        engines=engines_for(engine, settings, isolation, hidden=hidden, early=early),
        jobs=jobs or cores(),
        early=early,
        cache=cache,
    )


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def with_upstream(course: Course, exercises: Iterable[Exercise]) -> tuple[str, ...]:
    """Return the ids of exercises and of the earlier ones that must be judged with them.

    Whether an error carried over from an earlier exercise is excused depends on whether that
    exercise is fully right, so it is judged too.
    """
    wanted: set[str] = set()

    def add(exercise: Exercise, *, rests: bool) -> None:
        wanted.add(exercise.id)
        if rests or exercise.follow_through is not None:
            for name in exercise.builds_on:
                add(course.exercises[name], rests=True)

    for exercise in exercises:
        add(exercise, rests=False)
    return tuple(name for name in course.exercises if name in wanted)
