"""Who does the work of a run: processes of this machine, or the workers of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from grader.batch.cluster.work import ClusterWork
from grader.batch.job import Work, with_upstream
from grader.cache import Cache
from grader.cli.options import cores, hidden_from_sessions
from grader.course import Course, Exercise
from grader.errors import UsageError
from grader.sandbox.engine import EngineName, Isolation
from grader.sandbox.engines import engines_for
from grader.sandbox.packages import require_packages

NOT_ALL_GRADED, STOPPED = 3, 130
"""Exit statuses of a run: some could not be graded; it was interrupted."""


def work_for(
    course: Course,
    exercises: Sequence[Exercise],
    *,
    seed: int,
    isolation: Isolation,
    engine: EngineName,
    jobs: int | None,
    scheduler: str | None,
    cache: Cache | None = None,
) -> Work | ClusterWork:
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
        return ClusterWork(
            course=course,
            exercises=tuple(exercises),
            seed=seed,
            isolation=isolation,
            engine=engine,
            engines=partial(engines_for, engine, isolation=isolation),
            scheduler=scheduler,
        )
    asked = [course.exercises[name] for name in with_upstream(course, exercises)]
    settings = course.sandbox_for(asked)
    return Work(
        course=course,
        exercises=tuple(exercises),
        seed=seed,
        engines=engines_for(
            engine, settings, isolation, hidden=hidden_from_sessions(course, cache)
        ),
        cache=cache,
        jobs=jobs or cores(),
    )
