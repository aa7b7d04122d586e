"""The work of a run, done by a cluster."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from grader.batch.cluster.assignment import EngineMaker, assign
from grader.batch.executor import Executor
from grader.batch.job import CourseWork
from grader.errors import UsageError
from grader.gradebook.fingerprints import course_as_graded


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterWork(CourseWork):
    """The work of a run that the workers of a cluster do.

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

    def start(self) -> AbstractContextManager[Executor]:
        """Return what reaches the cluster.

        Raises
        ------
        UsageError
            The package `distributed` is not installed.
        """
        try:
            from grader.batch.cluster.dask_pool import DaskPool
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
