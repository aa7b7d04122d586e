"""The work of a run: which exercises of which course are graded, and what grades them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a run may have to do, if the gradebook lacks it.

    Attributes
    ----------
    course : Course
        The course.
    exercises : tuple of Exercise
        Those that are graded.
    seed : int
        The run's seed.
    """

    course: Course
    exercises: tuple[Exercise, ...]
    seed: int

    def asked(self, missing: Sequence[str]) -> tuple[str, ...]:
        """Return what a notebook is asked where these exercises are to be graded."""
        return with_upstream(self.course, [self.course.exercises[name] for name in missing])


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalJob(Job):
    """A job that processes of this machine do.

    Attributes
    ----------
    engines : EngineFactory
        Starts each worker's engine.
    jobs : int
        Number of worker processes.
    early : EarlySandbox, optional
        The engine of the first worker, which was started before the course was read.
    cache : Cache or None
        What earlier runs left.
    """

    engines: EngineFactory
    jobs: int
    early: EarlySandbox | None = None
    cache: Cache | None = None

    def start(self) -> AbstractContextManager[Executor]:
        """Return what starts the workers; entered, it prepares the course."""
        asked = with_upstream(self.course, self.exercises)
        prepare = partial(prepare_course, self.course, seed=self.seed, only=asked, cache=self.cache)
        return LocalPool(prepare, self.engines, self.jobs, self.early)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterJob(Job):
    """A job that the workers of a cluster do.

    Attributes
    ----------
    isolation, engine : str
        The tier, and what runs the cells.
    engines : EngineMaker
        Makes engines of that kind and tier, on the workers.
    scheduler : str
        Address of a Dask scheduler, or the path of its scheduler file.
    """

    isolation: str
    engine: str
    engines: EngineMaker
    scheduler: str

    def __post_init__(self) -> None:
        """Raise UsageError where Dask is not installed."""
        if find_spec("distributed") is None:
            raise UsageError(
                f"`--scheduler` needs Dask: run `{command_for_extras('dask')}` here and on every "
                "worker."
            )

    def start(self) -> AbstractContextManager[Executor]:
        """Return what reaches the cluster."""
        from grader.batch.cluster.assignment import assign
        from grader.batch.cluster.dask_pool import DaskPool
        from grader.gradebook.fingerprints import course_as_graded

        graded = course_as_graded(
            self.course,
            self.exercises,
            seed=self.seed,
            isolation=self.isolation,
            engine=self.engine,
        )
        return DaskPool(self.scheduler, assign(self.course, self.exercises, self.engines, graded))


def job_for(
    course: Course,
    exercises: Sequence[Exercise],
    *,
    seed: int,
    isolation: Isolation,
    engine: EngineName,
    jobs: int | None,
    scheduler: str | None,
    early: EarlySandbox | None = None,
    cache: Cache | None = None,
) -> LocalJob | ClusterJob:
    """Return the work of a run.

    Raises
    ------
    SandboxError
        This machine is to do it, and cannot give the tier, or lacks a package of the course.
    UsageError
        The engine cannot give the tier, or the options do not fit.
    """
    require_packages(course.sandbox)
    if scheduler is not None:
        if jobs is not None:
            raise UsageError(
                "`--jobs` is about this machine; with `--scheduler`, the cluster's workers say how "
                "many submissions are graded at once. Give one of the two."
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
    asked = [course.exercises[name] for name in with_upstream(course, exercises)]
    hidden = hidden_from_sessions(course.folder, cache)
    return LocalJob(
        course=course,
        exercises=tuple(exercises),
        seed=seed,
        engines=engines_for(
            engine, course.sandbox_for(asked), isolation, hidden=hidden, early=early
        ),
        jobs=jobs or cores(),
        early=early,
        cache=cache,
    )


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def with_upstream(course: Course, exercises: Iterable[Exercise]) -> tuple[str, ...]:
    """Return the ids of exercises, and of those that must be asked to judge them.

    Whether a slip in an earlier exercise excuses one here depends on whether the earlier one is
    fully right, so that it is judged too.
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
