"""Classrooms of any size for a course, and whether each grader finds what it should in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from sqlalchemy import Connection

from benchmarks.classroom import FIRST, Program, write_classroom, write_course
from benchmarks.graders import PEERS, Classroom, Failed, Floor, Grader, Ours
from benchmarks.measuring import Cost, Run, measure
from benchmarks.questions import Questions, record_questions
from grader.course import load_course, student_of_program
from grader.gradebook.database.book import open_gradebook
from grader.gradebook.dump import canonical_lines
from grader.grading.preparation import PreparedExercise, prepare_course


class Contest:
    """Graders and what they grade; classrooms are written when they are first asked for.

    Parameters
    ----------
    source : Path
        The course that the exercises are of.
    folder : Path
        Empty; everything that is written goes there.
    exercises : str
        ``"first"``, four of them, or ``"all"``.
    isolation : str
        Tier of our grader.
    venvs : Mapping of str to Path
        Virtual environment of each peer.

    Attributes
    ----------
    faults : list of str
        What a grader found and should not have, as it comes up. Speed without the right marks is
        worth nothing.
    """

    def __init__(
        self, source: Path, folder: Path, exercises: str, isolation: str, venvs: Mapping[str, Path]
    ) -> None:
        self.folder, self.isolation = folder, isolation
        self.faults: list[str] = []
        self._source, self._venvs = source, venvs
        chosen = FIRST if exercises == "first" else load_course(source).exercises
        self._course = load_course(write_course(source, folder / "course", chosen))
        self._preparation = prepare_course(self._course)
        self._questions = record_questions(self._preparation) if venvs else {}
        self._classrooms: dict[int, Classroom] = {}
        self._graders: dict[tuple[str, int], Grader] = {}
        self._expected: dict[tuple[str, Path], frozenset[str]] = {}

    def beside(self, exercises: str) -> Contest:
        """Return a contest over other exercises without peers, which notes its faults here."""
        other = Contest(self._source, self.folder / exercises, exercises, self.isolation, {})
        other.faults = self.faults
        return other

    @property
    def exercises(self) -> Sequence[str]:
        """The ids of what is graded."""
        return tuple(self._course.exercises)

    def classroom(self, size: int) -> Classroom:
        """Return the notebooks of so many students."""
        if size not in self._classrooms:
            folder = self.folder / f"{size}"
            answers = write_classroom(self._course, folder, size)
            self._classrooms[size] = Classroom(self.folder / "course", folder, answers)
        return self._classrooms[size]

    def ours(self, size: int, label: str = "", options: Sequence[str] = ("--jobs", "1")) -> Ours:
        """Return our grader before a classroom, with a gradebook of its own for each label."""
        folder = self.folder / f"of-{size}{label}"
        return Ours(self.classroom(size), folder, self.isolation, options)

    def grader(self, name: str, size: int) -> Grader:
        """Return a grader before a classroom: ``"ours"``, ``"floor"`` or one of `PEERS`."""
        if (name, size) not in self._graders:
            self._graders[name, size] = self._made(name, size)
        return self._graders[name, size]

    def _made(self, name: str, size: int) -> Grader:
        if name == "ours":
            return self.ours(size)
        classroom, folder = self.classroom(size), self.folder / f"of-{size}"
        if name == "floor":
            return Floor(classroom, folder)
        venv = self._venvs[name.removesuffix("-run")]
        return PEERS[name](classroom, folder, venv, self._questions)

    def measure(self, grader: Grader, prepared: Callable[[Run], Run] = lambda run: run) -> Cost:
        """Have a grader grade its classroom from nothing, and check what it found."""
        grader.reset()
        cost = measure(prepared(grader.run()))
        self.check(grader)
        return cost

    def check(self, grader: Grader) -> None:
        """Note each answer that a grader judged otherwise than it should have."""
        expected = self._expect(grader.classroom)
        questions = self._questions if grader.name in PEERS else None
        self.faults += disagreements(grader.name, grader.failed(), expected, questions)

    def compare(self, one: Ours, other: Ours, what: str) -> None:
        """Note it if two gradebooks do not hold the same."""
        with open_gradebook(one.gradebook) as first, open_gradebook(other.gradebook) as second:
            found = first.read(lambda c: second.read(lambda d: _first_difference(c, d)))
        if found is not None:
            self.faults.append(f"{what}: the gradebook is another one: {found[1]} for {found[0]}")

    def _expect(self, classroom: Classroom) -> Failed:
        ready = {of.exercise.id: of for of in self._preparation.exercises}
        return {
            student: {
                exercise: self._judge(ready[exercise], program)
                for exercise, program in answers.items()
            }
            for student, answers in classroom.answers.items()
        }

    def _judge(self, ready: PreparedExercise, program: Program) -> frozenset[str]:
        """Judge an answer by itself, in this process; return the checks that it fails."""
        key = ready.exercise.id, program.path
        if key not in self._expected:
            student = student_of_program(program.path, ready.given)
            failed = frozenset(
                each.check.name
                for each in ready.checks
                if not each.check.judge(each.prepared, student).passed
            )
            if bool(failed) == program.right:
                wanted = "pass" if program.right else "fail"
                raise RuntimeError(f"{program.path} should {wanted}: {sorted(failed)}")
            self._expected[key] = failed
        return self._expected[key]


def _first_difference(one: Connection, other: Connection) -> tuple[str, str] | None:
    lines = zip_longest(canonical_lines(one), canonical_lines(other), fillvalue="nothing")
    return next((pair for pair in lines if pair[0] != pair[1]), None)


def disagreements(
    name: str, failed: Failed, expected: Failed, questions: Questions | None = None
) -> Iterator[str]:
    """Yield each answer that a grader judged otherwise than it should have.

    With `questions` the grader is a peer: it gets those questions only, and is asked no more than
    whether an answer is entirely right, since it poses a relation between calls as plain values.
    """
    for student, exercises in expected.items():
        for exercise, checks in exercises.items():
            actual = failed.get(student, {}).get(exercise)
            if actual is None:
                yield f"{name}: {student}, {exercise}: nothing at all for {sorted(checks)}"
                continue
            if questions is None:
                agreed = actual == checks
            else:
                agreed = bool(actual) == bool(checks & {of["name"] for of in questions[exercise]})
            if not agreed:
                yield f"{name}: {student}, {exercise}: {sorted(actual)} for {sorted(checks)}"
