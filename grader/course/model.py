"""The parts of a loaded course."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from grader.checks.base import Check
from grader.compare import Tolerance
from grader.course.handouts import working_beside
from grader.course.yaml_keys import Counts, Explain, Policy
from grader.errors import CourseError, Fault
from grader.sandbox.settings import SandboxSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A known wrong answer.

    Attributes
    ----------
    id : str
        Its name in files.
    title : str
        Title shown to students and staff.
    hint : str
        Shown to a student who made it.
    score : Decimal or None
        Points that its program must get; None if not stated.
    program : Path
        Python file that makes the mistake.
    """

    id: str
    title: str
    hint: str
    score: Decimal | None
    program: Path


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A mutant of the reference that the author declares correct.

    Attributes
    ----------
    mutant : str
        Its id, as ``grader prove`` prints it.
    why : str
        Why no check could distinguish the two.
    """

    mutant: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One exercise.

    Attributes
    ----------
    id, title, unit : str
        Its id, its title, and the id of its unit.
    points : Decimal
        The sum over all its checks.
    prompt : str
        Markdown with LaTeX.
    starter : str
        Code that a student starts from.
    defines : tuple of str
        Names that a student must define.
    builds_on : tuple of str
        Ids of earlier exercises whose functions this one uses.
    follow_through : Decimal or None
        Share of a check's points for an answer that is right except for an earlier slip.
    source : str
        Where the idea comes from.
    tolerance : Tolerance
        The default of its checks.
    files : tuple of str
        Files given to students for it, as paths below the course's folder.
    preload : tuple of str
        Modules that notebooks import for it, loaded once before the first.
    max_attempts : int or None
        How many hand-ins count; None for no limit.
    counts : str
        Which of them counts: ``best`` or ``last``.
    explain : str
        When explanations are shown: ``never``, ``right``, ``always`` or ``last_attempt``.
    checks : tuple of Check
        In the order in which they are shown.
    mistakes : tuple of Mistake
        Known wrong answers.
    equivalents : tuple of Equivalent
        Mutants of the reference that the checks need not catch.
    path, reference : Path
        The YAML file, and the program with the right answer.
    accepted : tuple of Path
        Programs with other right answers.
    authored : Path or None
        The program with the author's own functions for `python` checks.
    """

    id: str
    title: str
    unit: str
    points: Decimal
    prompt: str
    starter: str
    defines: tuple[str, ...]
    builds_on: tuple[str, ...]
    source: str
    tolerance: Tolerance
    files: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    max_attempts: int | None = None
    counts: Counts = "best"
    explain: Explain = "right"
    checks: tuple[Check, ...]
    mistakes: tuple[Mistake, ...]
    equivalents: tuple[Equivalent, ...]
    path: Path
    reference: Path
    accepted: tuple[Path, ...]
    authored: Path | None = None
    follow_through: Decimal | None = None

    @property
    def mistake_titles(self) -> dict[str, str]:
        """The title of each known mistake, by its id."""
        return {mistake.id: mistake.title for mistake in self.mistakes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A part of a course; `exercises` has ids in order, `files` those given to students."""

    id: str
    title: str
    exercises: tuple[str, ...]
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course.

    Attributes
    ----------
    folder : Path
        Holds ``exercises/`` and ``solutions/``.
    title : str
        Title shown to students and staff.
    units : tuple of Unit
        In order.
    exercises : Mapping of str to Exercise
        By id, in the order of the units.
    sandbox : SandboxSettings
        How notebooks are run.
    policy : Policy
        How marks are given beyond the checks.
    secret : str
        Mixed into every seed; empty if not stated.
    files : tuple of str
        Files given to students for every unit, as paths below `folder`.
    """

    folder: Path
    title: str
    units: tuple[Unit, ...]
    exercises: Mapping[str, Exercise]
    sandbox: SandboxSettings
    policy: Policy
    secret: str
    files: tuple[str, ...] = ()

    def files_for(self, unit: Unit) -> tuple[str, ...]:
        """Return the files given to students for a unit, sorted."""
        own = (name for each in unit.exercises for name in self.exercises[each].files)
        return tuple(sorted({*self.files, *unit.files, *own}))

    @property
    def all_files(self) -> tuple[str, ...]:
        """All files given to students, sorted; every run provides all of them.

        So the behaviour of a notebook depends on the course, not on which units a run grades.
        """
        return tuple(sorted({name for unit in self.units for name in self.files_for(unit)}))

    def read_files(self) -> Mapping[str, bytes]:
        """Return the content of each file given to students, by its path below the course.

        Raises
        ------
        CourseError
            A file is missing or may not be read.
        """
        found = {}
        for name in self.all_files:
            path = self.folder / name
            try:
                found[name] = path.read_bytes()
            except OSError as error:
                message = f"this file, which students are given, cannot be read: {error.strerror}"
                raise CourseError([Fault(path, 1, "", message)]) from error
        return found

    def working(self) -> AbstractContextManager[None]:
        """Return a context manager in which the course's own programs find these files."""
        return working_beside(self.folder, self.all_files)

    def sandbox_for(self, exercises: Iterable[Exercise]) -> SandboxSettings:
        """Return the sandbox settings for grading these exercises, including their preloads."""
        modules = (*self.sandbox.preload, *(name for each in exercises for name in each.preload))
        return self.sandbox.model_copy(update={"preload": tuple(dict.fromkeys(modules))})

    @property
    def questions(self) -> dict[str, tuple[str, ...]]:
        """The questions of all quizzes, by the name of the dict of answers."""
        asked: dict[str, tuple[str, ...]] = {}
        for exercise in self.exercises.values():
            for check in exercise.checks:
                if check.subject_key:
                    asked[check.subject] = (*asked.get(check.subject, ()), check.subject_key)
        return asked

    @property
    def shared_names(self) -> tuple[str, ...]:
        """The names of dicts of quiz answers that several exercises define."""
        exercises = self.exercises.values()
        checks = [check for exercise in exercises for check in exercise.checks]
        quizzes = {check.subject for check in checks if check.subject_key}
        others = {check.subject for check in checks if not check.subject_key}
        counts = Counter(name for each in exercises for name in each.defines)
        return tuple(name for name in sorted(quizzes - others) if counts[name] > 1)
