"""The assignment of a worker on another machine, so that it grades exactly as this machine."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader.batch.job import with_upstream
from grader.course import Course, Exercise, load_course
from grader.errors import SandboxError
from grader.gradebook.fingerprints import Environment, GradingSnapshot, course_as_graded
from grader.grading.preparation import Preparation, prepare_course
from grader.sandbox.engine import EngineFactory
from grader.sandbox.settings import SandboxSettings

_SIDES = {"inside": "in the sandbox", "ours": "of the grader"}
_PARTS = ("exercises", "solutions")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time in a zip: equal courses give equal bytes


class EngineMaker(Protocol):
    """Makes the engine factory on the machine that uses it; can be pickled."""

    def __call__(self, settings: SandboxSettings, *, hidden: Sequence[Path]) -> EngineFactory:
        """Return the factory; GraderError if the machine lacks a requirement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A course and what to grade, as plain data that includes the course's secret.

    Attributes
    ----------
    packed : bytes
        The files of the course, as a zip.
    exercises : tuple of str
        Ids of the exercises to grade.
    engines : EngineMaker
        Makes the engines.
    graded : GradingSnapshot
        Everything that the grades depend on; it must be the same on every worker.
    """

    packed: bytes
    exercises: tuple[str, ...]
    engines: EngineMaker
    graded: GradingSnapshot

    @property
    def key(self) -> str:
        """Hash of the assignment, by which workers recognise an equal one."""
        parts = (self.packed, self.graded.key.encode(), pickle.dumps(self.engines))
        digests = (hashlib.sha256(part).digest() for part in parts)
        return hashlib.sha256(b"".join(digests)).hexdigest()

    def prepare(self, folder: Path) -> tuple[Preparation, EngineFactory]:
        """Prepare an unpacked course for grading.

        Raises
        ------
        SandboxError
            Grades would differ on this machine, or it cannot run the engine.
        """
        course = load_course(folder)
        exercises = [course.exercises[name] for name in self.exercises]
        names = with_upstream(course, exercises)
        settings = course.sandbox_for([course.exercises[name] for name in names])
        engines = self.engines(settings, hidden=[folder])
        self._refuse_another(course, exercises)
        return prepare_course(course, seed=self.graded.seed, only=names), engines

    def _refuse_another(self, course: Course, exercises: Sequence[Exercise]) -> None:
        wanted = self.graded
        found = course_as_graded(
            course,
            exercises,
            seed=wanted.seed,
            isolation=wanted.environment.isolation,
            engine=wanted.environment.engine,
        )
        if found.key != wanted.key:
            differing = "; ".join(_differences(wanted.environment, found.environment))
            raise SandboxError(
                f"grades would not be the same here: {differing}. Install the same versions on "
                "every machine"
            )


def assign(
    course: Course, exercises: Sequence[Exercise], engines: EngineMaker, graded: GradingSnapshot
) -> Assignment:
    """Return the assignment for the workers of a run."""
    return Assignment(
        packed=_pack(course),
        exercises=tuple(exercise.id for exercise in exercises),
        engines=engines,
        graded=graded,
    )


def unpack(packed: bytes, folder: Path) -> None:
    """Write the files of a course into a folder."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(folder)


def _pack(course: Course) -> bytes:
    packed = io.BytesIO()
    given = {course.folder / name for name in course.all_files}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(given.union(_files(course.folder))):
            entry = zipfile.ZipInfo(path.relative_to(course.folder).as_posix(), _EPOCH)
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _files(folder: Path) -> Iterator[Path]:
    for part in _PARTS:
        for path in sorted((folder / part).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def _differences(wanted: Environment, found: Environment) -> Iterator[str]:
    """Yield descriptions of the differences; code can differ even if all versions are equal."""
    ours, theirs = _versions(wanted), _versions(found)
    named = [name for name in sorted(ours | theirs) if ours.get(name) != theirs.get(name)]
    for name in named:
        yield f"{name} is {theirs.get(name, 'missing')} here and {ours.get(name, 'missing')} there"
    if not named:
        yield "the code of the grader, or of a kind of check, differs from that of the run"


def _versions(environment: Environment) -> dict[str, str]:
    by_side = json.loads(environment.versions)
    versions = {"notebook-grader": environment.version}
    for side, where in _SIDES.items():
        versions |= {f"{name} {where}": version for name, version in by_side[side].items()}
    return versions
