"""The work of a run: which exercises of which course, and who does it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.batch.pool import LocalPool
from grader.cache import Cache
from grader.course import Course, Exercise
from grader.grading.preparation import prepare_course
from grader.sandbox.engine import EngineFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseWork:
    """What a run may have to do, if the gradebook lacks it, whoever does it.

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
class Work(CourseWork):
    """The work of a run that processes of this machine do.

    Attributes
    ----------
    engines : EngineFactory
        Starts each worker's engine.
    jobs : int
        Number of worker processes.
    cache : Cache or None
        What earlier runs left.
    """

    engines: EngineFactory
    jobs: int
    cache: Cache | None = None

    def start(self) -> LocalPool:
        """Prepare the course, and return what starts the workers."""
        asked = with_upstream(self.course, self.exercises)
        preparation = prepare_course(self.course, seed=self.seed, only=asked, cache=self.cache)
        return LocalPool(preparation, self.engines, self.jobs)


def with_upstream(course: Course, exercises: Iterable[Exercise]) -> tuple[str, ...]:
    """Return the ids of exercises, and of those that must be asked to judge them.

    Whether a slip in an earlier exercise excuses one here hangs on whether the earlier one is
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
