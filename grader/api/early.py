"""Open a course for grading: the sandbox starts while the course is read, to save time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from grader.cache import hidden_from_sessions, open_cache
from grader.errors import GraderError, UsageError
from grader.sandbox.early_sandbox import EarlySandbox
from grader.sandbox.engine import EngineFactory, EngineName, Isolation
from grader.sandbox.settings import SandboxSettings

if TYPE_CHECKING:
    from grader.api.calls import CourseLike
    from grader.batch.job import ClusterJob, LocalJob
    from grader.cache import Cache
    from grader.course import Course


Choice = TypeVar("Choice", Isolation, EngineName)


@dataclass(frozen=True, slots=True)
class OpenedCourse:
    """A course, and what runs notebooks for it.

    Attributes
    ----------
    course : Course
        The course.
    isolation, engine : Isolation, EngineName
        The tier, and what runs the cells.
    cache : Cache or None
        Results of earlier runs.
    early : EarlySandbox or None
        A sandbox that was started before the course was read.
    """

    course: Course
    isolation: Isolation
    engine: EngineName
    cache: Cache | None
    early: EarlySandbox | None

    def job(
        self,
        exercises: Sequence[str],
        units: Sequence[str],
        *,
        seed: int,
        jobs: int | None,
        scheduler: str | None = None,
    ) -> LocalJob | ClusterJob:
        """Return the work of grading exercises; see `grader.grade_class`."""
        from grader.batch.job import job_for
        from grader.grading.preparation import chosen_exercises

        return job_for(
            self.course,
            chosen_exercises(self.course, exercises, units),
            seed=seed,
            isolation=self.isolation,
            engine=self.engine,
            jobs=jobs,
            scheduler=scheduler,
            early=self.early,
            cache=self.cache,
        )

    def engines(self, settings: SandboxSettings) -> EngineFactory:
        """Return what starts engines that hide the course and the cache from student code."""
        from grader.sandbox.engines import engines_for

        hidden = hidden_from_sessions(self.course.folder, self.cache)
        return engines_for(self.engine, settings, self.isolation, hidden=hidden, early=self.early)


@contextmanager
def opened_course(
    course: CourseLike, isolation: str, engine: str, cache: Cache | bool, *, early: bool = True
) -> Iterator[OpenedCourse]:
    """Load a course; with `early`, start a sandbox first, which ends with the block."""
    tier, runner = named_choice(Isolation, isolation), named_choice(EngineName, engine)
    opened = (open_cache() if cache else None) if isinstance(cache, bool) else cache
    folder = Path(course) if isinstance(course, str | os.PathLike) else course.folder
    with early_sandbox(folder if early else None, tier, runner, opened) as started:
        if isinstance(course, str | os.PathLike):
            from grader.course import load_course

            course = load_course(folder, cache=opened)
        yield OpenedCourse(course, tier, runner, opened, started)


def named_choice(choices: type[Choice], name: str) -> Choice:
    """Return the tier or engine of a name; UsageError if there is none."""
    if name not in set(choices):
        what = "tier" if choices is Isolation else "engine"
        raise UsageError(f"There is no {what} `{name}`: choose {', '.join(choices)}.")
    return choices(name)


@contextmanager
def early_sandbox(
    folder: Path | None, isolation: Isolation, engine: EngineName, cache: Cache | None = None
) -> Iterator[EarlySandbox | None]:
    """Start a sandbox for the course in a folder, if it has a usable course.yaml.

    A problem with the course is reported when the course is read; no session may see the cache.
    """
    early = None
    if folder is not None and engine is EngineName.SANDBOX:
        early = _start(folder, isolation, cache)
    try:
        yield early
    finally:
        if early is not None:
            early.close()


def _start(folder: Path, isolation: Isolation, cache: Cache | None) -> EarlySandbox | None:
    try:
        hidden = hidden_from_sessions(folder, cache)
        return EarlySandbox(_stated_settings(folder), isolation, hidden=hidden)
    except (OSError, ValueError, GraderError):
        return None


def _stated_settings(folder: Path) -> SandboxSettings:
    """Return the sandbox settings of course.yaml; ValueError if they are invalid."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (folder / "exercises" / "course.yaml").read_text(encoding="utf-8")
    try:
        stated = yaml.load(text, loader)  # noqa: S506 (a safe loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    if not isinstance(stated, dict):
        raise ValueError("course.yaml is not a mapping")  # noqa: TRY004 (the file is wrong)
    return SandboxSettings.model_validate(stated.get("sandbox", {}))
