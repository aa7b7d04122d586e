"""Stores what a run prepares of a course for later runs on this machine; see `grader.cache`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from grader.cache import Cache
from grader.cache.origins import FilesRead, UnreadableError, installation, read_files
from grader.checks.base import Check, CheckContext, Verdict, failed, passed
from grader.course import Course, Exercise, read_program
from grader.course.course_files import CONTENTS
from grader.errors import CheckError
from grader.grading.plain_data import UnstorableError, classes_of, from_plain, to_plain
from grader.grading.reproducible import is_reproducible
from grader.guest.protocol.frames import WireError
from grader.guest.protocol.packed_value import pack, unpack

Prepared: TypeAlias = tuple[Check, Any, CheckContext]
"""A check, its preparation, and the context of that."""


@dataclass(frozen=True, slots=True)
class Store:
    """The cache entries for one run of a course.

    Attributes
    ----------
    cache : Cache
        The cache that holds them.
    course : Course
        The course.
    files : FilesRead
        All files of the course.
    origin : bytes
        Identifies the files, the course's settings, the seed and this installation. The name of
        each entry depends on it, so that an entry is never used after a change.
    """

    cache: Cache
    course: Course
    files: FilesRead
    origin: bytes

    @classmethod
    def open(cls, cache: Cache | None, course: Course, seed: int) -> Store | None:
        """Return the store; None without a cache, or if not all files can be read."""
        if cache is None:
            return None
        try:
            files = read_files(course.folder.absolute(), (*CONTENTS, *course.all_files))
        except UnreadableError:
            return None
        settings = repr((course.secret, seed, course.questions, course.all_files))
        origin = b"".join((files.digest, installation(), settings.encode()))
        return cls(cache, course, files, origin)

    def of_exercise(self, exercise: Exercise, checks: Sequence[Check]) -> StoredExercise:
        """Return the entries of an exercise with these checks."""
        tolerance = repr(exercise.tolerance.model_dump(exclude_unset=True))
        parts = [exercise.id, tolerance, *exercise.defines, *exercise.builds_on]
        parts += [repr((each.kind, each.model_dump(exclude_unset=True))) for each in checks]
        name = self.cache.name_of(self.origin, *(part.encode() for part in parts))
        return StoredExercise(self, exercise, name)


@dataclass(frozen=True)
class StoredExercise:
    """The stored preparation of one exercise."""

    store: Store
    exercise: Exercise
    name: str

    def read(self) -> dict[str, bytes] | None:
        """Return the stored preparations, by the check's name; None if no run has stored any."""
        return _read(self.store.cache, self.name)

    def write(self, prepared: Iterable[Prepared]) -> None:
        """Store preparations that are plain data and would be the same in every run."""
        prepared = list(prepared)
        texts = [each.text for check, *_ in prepared for each in check.expressions()]
        kept = dict(_packed(prepared)) if self.gives_the_same and is_reproducible(texts) else {}
        if self.store.files.are_unchanged():
            self.store.cache.write(self.name, kept)

    @cached_property
    def gives_the_same(self) -> bool:
        """Whether the programs that the checks are prepared with give the same in every run."""
        course, given = self.store.course, self.store.course.all_files
        programs = [*_references(course, self.exercise), self.exercise.authored]
        programs += [course.folder / name for name in given if name.endswith(".py")]
        try:
            texts = [read_program(path) for path in programs if path is not None]
        except CheckError:
            return False
        return is_reproducible(texts, given)


def _packed(prepared: Iterable[Prepared]) -> Iterator[tuple[str, bytes]]:
    for check, made, context in prepared:
        with suppress(UnstorableError, WireError):  # then each run prepares it
            yield check.name, pack(to_plain(made, classes_of(type(check)), context))


def read_prepared(check: Check, content: bytes, context: Callable[[], CheckContext]) -> Any:
    """Return the preparation of a check from an earlier run; raise ValueError if it is none."""
    return from_plain(unpack(content), classes_of(type(check)), context)


def _read(cache: Cache, name: str) -> dict[str, bytes] | None:
    found = cache.read(name)
    is_ours = isinstance(found, dict) and set(map(type, found.values())) <= {bytes}
    return found if is_ours else None


def _references(course: Course, exercise: Exercise) -> Iterator[Any]:
    yield exercise.reference
    for other in exercise.builds_on:
        yield from _references(course, course.exercises[other])


@dataclass(slots=True)
class StoredMistakes:
    """Verdicts on known mistakes, shared by the processes of a run, and by runs.

    Attributes
    ----------
    exercise : StoredExercise
        The exercise.
    work_out : callable
        ``work_out(mistake id, check name)`` judges the mistake's program by the check.
    """

    exercise: StoredExercise
    work_out: Callable[[str, str], Verdict]
    _kept: dict[str, bytes] = field(default_factory=dict)
    _new: dict[str, bytes] = field(default_factory=dict)
    _has_looked: bool = False
    _programs: dict[str, bool] = field(default_factory=dict)

    def judge(self, mistake: str, check: str) -> Verdict:
        """Return the check's verdict on the mistake's program, without its messages."""
        key = f"{mistake}\n{check}"
        if key not in self._kept and not self._has_looked:
            self._look()
        with suppress(KeyError, ValueError, TypeError):
            right, evidence = from_plain(unpack(self._kept[key]), _EVIDENCE)
            return passed() if right else failed("", brief="", evidence=evidence)
        verdict = self.work_out(mistake, check)
        # Without evidence it could not be judged; another run may succeed.
        if (verdict.passed or verdict.evidence) and self._gives_the_same(mistake):
            with suppress(UnstorableError, WireError):
                self._new[key] = pack(to_plain([verdict.passed, verdict.evidence], _EVIDENCE))
        return verdict

    def save(self) -> None:
        """Store new verdicts together with those that other processes have stored since."""
        if self._new and self.exercise.store.files.are_unchanged():
            self._look()
            self._kept |= self._new
            self.exercise.store.cache.write(self._name, dict(self._kept))
        self._new.clear()
        self._has_looked = False

    @property
    def _name(self) -> str:
        return self.exercise.store.cache.name_of(self.exercise.name.encode(), b"mistakes")

    def _look(self) -> None:
        self._kept |= _read(self.exercise.store.cache, self._name) or {}
        self._has_looked = True

    def _gives_the_same(self, mistake: str) -> bool:
        if mistake not in self._programs:
            exercise, given = self.exercise.exercise, self.exercise.store.course.all_files
            (path,) = (each.program for each in exercise.mistakes if each.id == mistake)
            own = is_reproducible([read_program(path)], given)
            self._programs[mistake] = own and self.exercise.gives_the_same
        return self._programs[mistake]


_EVIDENCE = classes_of(Check)
