"""A course, and classes of any size that hand in for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from sqlalchemy import Connection

from benchmarks.classroom import FIRST, Classroom, write_classroom
from benchmarks.course import write_course
from benchmarks.subjects import ConnectionLost, Floor, Ours, Subject
from benchmarks.verdicts import disagreements, expect
from grader.course import Course, load_course
from grader.gradebook.database.book import open_gradebook
from grader.gradebook.dump import canonical_lines
from grader.grading.preparation import Preparation, prepare_course


@dataclass(frozen=True, slots=True)
class _Class:
    classroom: Classroom
    expected: ConnectionLost


@dataclass
class School:
    """The four first exercises, and classes that are written when they are first asked for.

    Attributes
    ----------
    source : Path
        The course that the exercises are of.
    folder : Path
        Empty; everything that is written goes there.
    isolation : str
        Tier of our grader.
    jobs : int
        Of a run, where nothing else is compared.
    faults : list of str
        What came out otherwise than it should.
    """

    source: Path
    folder: Path
    isolation: str = "strong"
    jobs: int = 2
    faults: list[str] = field(default_factory=list)
    _place: Path = field(init=False)
    _course: Course = field(init=False)
    _preparation: Preparation = field(init=False)
    _classes: dict[int, _Class] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._place = write_course(self.source, self.folder / "course", FIRST)
        self._course = load_course(self._place)
        self._preparation = prepare_course(self._course)

    def ours(self, size: int, name: str, options: Sequence[str] | None = None) -> Ours:
        """Return our grader before a class, with an empty gradebook; one for each name."""
        options = ("--jobs", str(self.jobs)) if options is None else options
        folder = self.folder / f"{size}-{name}"
        subject = Ours(self._place, self._class(size).classroom, folder, self.isolation, options)
        subject.reset()
        return subject

    def floor(self, size: int) -> Floor:
        """Return the floor before a class."""
        folder = self.folder / f"{size}-floor"
        folder.mkdir(exist_ok=True)
        return Floor(self._place, self._class(size).classroom, folder)

    def check(self, subject: Subject, size: int) -> None:
        """Note each answer that was judged otherwise than it should be."""
        expected = self._class(size).expected
        self.faults.extend(disagreements(subject.name, subject.lost(), expected))

    def compare(self, one: Ours, other: Ours, what: str) -> None:
        """Note it if two gradebooks do not hold the same."""
        with open_gradebook(one.gradebook) as ours, open_gradebook(other.gradebook) as theirs:
            found = ours.read(lambda c: theirs.read(lambda d: _first_difference(c, d)))
        if found is not None:
            told = "the gradebook is not that of an undisturbed local run"
            self.faults.append(f"{what}: {told}: {found[1]} for {found[0]}")

    def _class(self, size: int) -> _Class:
        if size not in self._classes:
            classroom = write_classroom(self._course, self.folder / f"{size}", size)
            self._classes[size] = _Class(classroom, expect(self._preparation, classroom))
        return self._classes[size]


def _first_difference(one: Connection, other: Connection) -> tuple[str, str] | None:
    lines = zip_longest(canonical_lines(one), canonical_lines(other), fillvalue="nothing")
    return next((pair for pair in lines if pair[0] != pair[1]), None)
