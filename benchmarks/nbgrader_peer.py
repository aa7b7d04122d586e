"""nbgrader on the equal assignment: hidden tests in autograder cells, one cell a check."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.classroom import FIRST, Classroom, CodeCell, as_notebook, sources
from benchmarks.measuring import Run
from benchmarks.questions import Questions, write_paper
from benchmarks.subjects import ConnectionLost, clean_environment

_ASSIGNMENT = "loss"
_CONFIG = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "benchmark"
c.ClearSolutions.enforce_metadata = False
"""
_TEST = """\
### BEGIN HIDDEN TESTS
from paper import examine
examine(globals(), {exercise!r}, {number})
### END HIDDEN TESTS"""
_READ_GRADES = """\
import json, sys
from nbgrader.api import Gradebook
found = {}
with Gradebook("sqlite:///" + sys.argv[1]) as gradebook:
    for submission in gradebook.assignment_submissions(sys.argv[2]):
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        found[submission.student.id] = {g.name: [g.auto_score, g.max_score] for g in grades}
print(json.dumps(found))
"""


class Nbgrader:
    """``nbgrader autograde``, which grades every student of an assignment in one process."""

    name = "nbgrader"

    def __init__(
        self, venv: Path, questions: Questions, classroom: Classroom, folder: Path
    ) -> None:
        self._venv, self._questions = venv, questions
        self._folder = folder / "nbgrader"
        self._write_source()
        self._write_submissions(classroom)
        self._ask("nbgrader", "generate_assignment", _ASSIGNMENT)
        shutil.copy(self._folder / "gradebook.db", self._folder / "fresh.db")

    def reset(self) -> None:
        """Put back the gradebook as it was before any grading."""
        shutil.rmtree(self._folder / "autograded", ignore_errors=True)
        shutil.copy(self._folder / "fresh.db", self._folder / "gradebook.db")

    def run(self) -> Run:
        """Return the command; the course's settings are in ``nbgrader_config.py``."""
        argv = [str(self._venv / "bin" / "nbgrader"), "autograde", _ASSIGNMENT]
        return Run(argv, self._folder, self._environment())

    def lost(self) -> ConnectionLost:
        """Read the gradebook with nbgrader's own interface."""
        gradebook = str(self._folder / "gradebook.db")
        read = self._ask("python", "-c", _READ_GRADES, gradebook, _ASSIGNMENT)
        return {
            student: {exercise: self._lost_of(exercise, grades) for exercise in self._questions}
            for student, grades in json.loads(read).items()
        }

    def _lost_of(self, exercise: str, grades: dict[str, tuple[float, float]]) -> frozenset[str]:
        lost = set()
        for number, question in enumerate(self._questions[exercise]):
            score, points = grades[_grade_id(exercise, number)]
            if score != points:
                lost.add(question.name)
        return frozenset(lost)

    def _environment(self) -> dict[str, str]:
        return clean_environment(PATH=f"{self._venv / 'bin'}:/usr/bin:/bin")

    def _ask(self, tool: str, *argv: str) -> str:
        """Return what a command of the venv prints."""
        done = subprocess.run(
            [str(self._venv / "bin" / tool), *argv],
            cwd=self._folder,
            env=self._environment(),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{tool} {' '.join(argv)} failed:\n{done.stderr[-2000:]}")
        return done.stdout

    def _write_source(self) -> None:
        source = self._folder / "source" / _ASSIGNMENT
        source.mkdir(parents=True)
        config = _CONFIG.format(root=str(self._folder))
        (self._folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
        blank = dict.fromkeys(FIRST, "### BEGIN SOLUTION\n### END SOLUTION")
        self._write(source / "answers.ipynb", blank)
        write_paper(self._questions, source)

    def _write_submissions(self, classroom: Classroom) -> None:
        for student, programs in classroom.answers.items():
            folder = self._folder / "submitted" / student / _ASSIGNMENT
            folder.mkdir(parents=True)
            self._write(folder / "answers.ipynb", sources(programs, classroom.added))

    def _write(self, path: Path, answers: dict[str, str]) -> None:
        cells = [cell for item in answers.items() for cell in self._cells(*item)]
        path.write_text(as_notebook(cells), encoding="utf-8")

    def _cells(self, exercise: str, source: str) -> Sequence[CodeCell]:
        answer = CodeCell(exercise, source, _metadata(exercise, solution=True))
        tests = [
            CodeCell(
                _grade_id(exercise, number),
                _TEST.format(exercise=exercise, number=number),
                _metadata(_grade_id(exercise, number), points=question.points),
            )
            for number, question in enumerate(self._questions[exercise])
        ]
        return [answer, *tests]


def _grade_id(exercise: str, number: int) -> str:
    return f"{exercise}-{number}"


def _metadata(
    grade_id: str, *, solution: bool = False, points: float | None = None
) -> dict[str, object]:
    about = {
        "schema_version": 3,
        "cell_type": "code",
        "grade_id": grade_id,
        "solution": solution,
        "task": False,
        "locked": not solution,
        "grade": points is not None,
    }
    return {"nbgrader": about if points is None else about | {"points": points}}
