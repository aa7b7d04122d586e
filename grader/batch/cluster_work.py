"""The work of a run that a cluster does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from grader.batch.assignment import EngineMaker, assign
from grader.batch.executor import Executor
from grader.batch.work import with_upstream
from grader.course import Course, Exercise
from grader.errors import UsageError
from grader.gradebook.editions import course_as_graded

__all__ = ["ClusterWork"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterWork:
    """What a run may have to do, if the gradebook lacks it, done by the workers of a cluster.

    Attributes
    ----------
    course : Course
        The course.
    exercises : tuple of Exercise
        Those that are graded.
    seed : int
        The run's seed.
    isolation, engine : str
        The tier, and what runs the cells.
    engines : EngineMaker
        Makes engines of that kind and tier, on the workers.
    scheduler : str
        Address of a Dask scheduler, or the path of its scheduler file.
    """

    course: Course
    exercises: tuple[Exercise, ...]
    seed: int
    isolation: str
    engine: str
    engines: EngineMaker
    scheduler: str

    def start(self) -> AbstractContextManager[Executor]:
        """Return what reaches the cluster.

        Raises
        ------
        UsageError
            The package `distributed` is not installed.
        """
        try:
            from grader.batch.cluster import DaskPool
        except ImportError as error:
            raise UsageError(
                "`--scheduler` needs Dask: pip install 'notebook-grader[dask]', here and on every "
                "worker."
            ) from error
        graded = course_as_graded(
            self.course,
            self.exercises,
            seed=self.seed,
            isolation=self.isolation,
            engine=self.engine,
        )
        return DaskPool(self.scheduler, assign(self.course, self.exercises, self.engines, graded))

    def asked(self, missing: Sequence[str]) -> tuple[str, ...]:
        """Return what a notebook is asked where these exercises are to be graded."""
        return with_upstream(self.course, [self.course.exercises[name] for name in missing])
