"""Fingerprints of everything that decides a grade: exercise, solutions, code and environment.

Two versions of an exercise with the same fingerprint give every notebook the same grade. So a grade
that is stored under it need not be computed again, and every other one must be.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import grader
from grader.checks.base import Check
from grader.course import Course, Exercise
from grader.results import total
from grader.sandbox.packages import guest_versions

_OWN_KINDS = "grader.checks."
# These packages show or store grades, but decide none.
_ROOF = ("api", "authoring", "cli", "exports", "feedback", "gradebook", "submissions", "batch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The environment that runs and judges notebooks.

    Attributes
    ----------
    version : str
        Of the grader.
    isolation, engine : str
        The tier, and what runs the cells.
    settings : str
        Of the sandbox, as JSON.
    versions : str
        Of the Python inside and of the libraries on both sides, as JSON.
    key : str
        Hash of all of these, and of the grader's own code.
    """

    version: str
    isolation: str
    engine: str
    settings: str
    versions: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseVersion:
    """An exercise as it is graded."""

    exercise: str
    fingerprint: str
    exercise_sha256: str
    solution_sha256: str
    title: str
    max_score: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingSnapshot:
    """A course as it is graded in one run, with the exercises of the run."""

    title: str
    seed: int
    environment: Environment
    versions: tuple[ExerciseVersion, ...]

    @property
    def key(self) -> str:
        """Hash of all attributes."""
        return _hashed(self.title, self.seed, [each.fingerprint for each in self.versions])

    @property
    def max_score(self) -> Decimal:
        """Sum of the points of all exercises."""
        return total(each.max_score for each in self.versions)


def course_as_graded(
    course: Course, exercises: Iterable[Exercise], *, seed: int, isolation: str, engine: str
) -> GradingSnapshot:
    """Return everything that decides the grades of these exercises in a run.

    Raises
    ------
    SandboxError
        The course's Python does not answer.
    """
    environment = _environment(course, isolation, engine)
    run = _hashed(course.secret, seed, environment.key)
    return GradingSnapshot(
        title=course.title,
        seed=seed,
        environment=environment,
        versions=tuple(_version(course, exercise, run) for exercise in exercises),
    )


def _environment(course: Course, isolation: str, engine: str) -> Environment:
    settings = course.sandbox.model_dump_json()
    ours = {name: metadata.version(name) for name in ("numpy", "mpmath", "pydantic")}
    versions = _json({"inside": guest_versions(course.sandbox), "ours": ours})
    # All files, since any notebook can read each of them.
    files = [[name, _file_hash(course.folder / name)] for name in course.all_files]
    parts = [_own_code(), isolation, engine, settings, versions, *([files] if files else [])]
    return Environment(
        version=grader.__version__,
        isolation=isolation,
        engine=engine,
        settings=settings,
        versions=versions,
        key=_hashed(*parts),
    )


def _version(course: Course, exercise: Exercise, run: str) -> ExerciseVersion:
    own, solution = _file_hash(exercise.path), _folder_hash(exercise.reference.parent)
    rests_on: list[Any] = [
        [own, solution],
        *_below(course, exercise),
        *_of_the_course(course, exercise),
    ]
    if exercise.preload:
        rests_on.append(dict(guest_versions(course.sandbox_for([exercise]))))
    return ExerciseVersion(
        exercise=exercise.id,
        fingerprint=_hashed(run, exercise.id, rests_on),
        exercise_sha256=own,
        solution_sha256=solution,
        title=exercise.title,
        max_score=sum((check.points for check in exercise.checks), Decimal(0)),
    )


def _below(course: Course, exercise: Exercise) -> Iterator[Any]:
    """Yield the hashes of each exercise that this one builds on, directly or indirectly."""
    for name in exercise.builds_on:
        other = course.exercises[name]
        yield [name, _file_hash(other.path), _folder_hash(other.reference.parent)]
        yield from _below(course, other)


def _of_the_course(course: Course, exercise: Exercise) -> Iterator[Any]:
    """Yield the properties of the rest of the course that affect an exercise."""
    yield sorted(set(course.shared_names).intersection(exercise.defines))
    kinds = {type(check) for check in exercise.checks}
    if any(kind.reads_work for kind in kinds):
        yield sorted(course.exercises)  # a section ends where another exercise's begins
    yield sorted(_kind_hash(kind) for kind in kinds if not kind.__module__.startswith(_OWN_KINDS))


def _kind_hash(kind: type[Check]) -> str:
    source = inspect.getsourcefile(kind)
    return _hashed(kind.__qualname__, "" if source is None else _file_hash(Path(source)))


def _file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _folder_hash(folder: Path) -> str:
    files = (path for path in sorted(folder.rglob("*.py")) if path.is_file())
    return _hashed([[path.relative_to(folder).as_posix(), _file_hash(path)] for path in files])


@cache
def _own_code() -> str:
    """Return a hash of the code that decides grades, which may differ within one version."""
    package = Path(grader.__file__).parent
    parts = (path.relative_to(package) for path in sorted(package.rglob("*.py")))
    return _hashed(
        grader.__version__,
        [[p.as_posix(), _file_hash(package / p)] for p in parts if p.parts[0] not in _ROOF],
    )


def _json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def _hashed(*parts: Any) -> str:
    return hashlib.sha256(_json(parts).encode()).hexdigest()
