"""Letting graders grade the same notebooks in turn, with every verdict checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.classroom import FIRST, Classroom, write_classroom
from benchmarks.course import write_course
from benchmarks.measuring import Cost, Memory, Run, measure, measure_memory
from benchmarks.nbgrader_peer import Nbgrader
from benchmarks.otter_peer import Otter, OtterRun
from benchmarks.questions import record_questions
from benchmarks.report import Figures, summarise
from benchmarks.subjects import ConnectionLost, Floor, Ours, Subject
from benchmarks.verdicts import disagreements, expect
from grader.course import load_course
from grader.grading.preparation import prepare_course

PEERS = ("nbgrader", "otter", "otter-run")

_Measured = TypeVar("_Measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Who is compared, and where everything is.

    Attributes
    ----------
    course : Path
        Holds ``exercises`` and ``solutions``.
    folder : Path
        Empty; everything that is written goes there.
    subjects : tuple of str
        ``"ours"``, ``"floor"``, ``"nbgrader"``, ``"otter"``.
    venvs : Mapping of str to Path
        Virtual environment of each peer.
    isolation : str
        Tier of ours.
    exercises : tuple of str
        Ids of those that are graded.
    """

    course: Path
    folder: Path
    subjects: tuple[str, ...]
    venvs: Mapping[str, Path]
    isolation: str
    exercises: tuple[str, ...] = FIRST


@dataclass(frozen=True, slots=True)
class _Table:
    """One size of classroom, with a place for each grader."""

    classroom: Classroom
    expected: ConnectionLost
    subjects: Mapping[str, Subject]


class Contest:
    """Classrooms of several sizes, each laid out for each grader.

    Parameters
    ----------
    setting : Setting
        Who takes part.
    sizes : sequence of int
        Students in each classroom.
    added : str
        Code that every student has at the end of the first answer.

    Attributes
    ----------
    course : Path
        What is graded by.
    faults : list of str
        Verdicts that were not what they should be, as they come up.
    """

    def __init__(self, setting: Setting, sizes: Sequence[int], *, added: str = "") -> None:
        self.setting = setting
        self.faults: list[str] = []
        self.course = write_course(setting.course, setting.folder / "course", setting.exercises)
        course = load_course(self.course)
        preparation = prepare_course(course)
        asks_peers = any(name in PEERS for name in setting.subjects)
        self._questions = record_questions(preparation) if asks_peers else {}
        self._tables: dict[int, _Table] = {}
        for size in sizes:
            folder = setting.folder / f"{size}"
            classroom = write_classroom(course, folder / "notebooks", size, added)
            expected = expect(preparation, classroom)
            self._tables[size] = _Table(classroom, expected, self._seat(classroom, folder))

    def compare(self, rounds: int, tell: Callable[[str], None]) -> dict[str, Figures]:
        """Time every grader on every size, `rounds` times, by turns; then say what each costs."""
        memory = {name: self.memory(name, max(self._tables)) for name in self.setting.subjects}
        costs: dict[tuple[str, int], list[Cost]] = {}
        for turn in range(rounds):
            for name in _rotated(self.setting.subjects, turn):
                for size in self._tables:
                    cost = self.grade(name, size, measure)
                    costs.setdefault((name, size), []).append(cost)
                    tell(f"round {turn + 1}: {name}, {size} notebooks: {cost.cpu_s:.2f} s CPU")
        return {
            name: summarise({size: costs[name, size] for size in self._tables}, memory[name])
            for name in self.setting.subjects
        }

    def memory(self, name: str, size: int) -> Memory:
        """Return the most memory that a grader holds while it grades a classroom."""
        return self.grade(name, size, measure_memory)

    def grade(self, name: str, size: int, how: Callable[[Run], _Measured]) -> _Measured:
        """Have a grader grade a classroom, measured in some way, and check its verdicts."""
        table = self._tables[size]
        subject = table.subjects[name]
        subject.reset()
        measured = how(subject.run())
        questions = self._questions if name in PEERS else None
        self.faults.extend(disagreements(name, subject.lost(), table.expected, questions))
        return measured

    def folder(self, size: int) -> Path:
        """Return where the notebooks of a classroom are."""
        return self._tables[size].classroom.folder

    def _seat(self, classroom: Classroom, folder: Path) -> dict[str, Subject]:
        setting, questions = self.setting, self._questions
        seats: dict[str, Callable[[], Subject]] = {
            "ours": lambda: Ours(self.course, classroom, folder, setting.isolation),
            "floor": lambda: Floor(self.course, classroom, folder),
            "nbgrader": lambda: Nbgrader(setting.venvs["nbgrader"], questions, classroom, folder),
            "otter": lambda: Otter(setting.venvs["otter"], questions, classroom, folder),
            "otter-run": lambda: OtterRun(setting.venvs["otter"], questions, classroom, folder),
        }
        return {name: seats[name]() for name in setting.subjects}


def _rotated(names: Sequence[str], by: int) -> Iterator[str]:
    """Yield the names in an order that differs each round, so that nobody is always first."""
    for place in range(len(names)):
        yield names[(place + by) % len(names)]
