"""Who is compared: how each grades a classroom, and which checks it found to have failed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.classroom import Answers, Cell, write_notebook
from benchmarks.measuring import Run, report
from benchmarks.questions import Questions, write_paper

ROOT = Path(__file__).resolve().parent.parent

Failed = Mapping[str, Mapping[str, frozenset[str]]]
"""By student and exercise: the checks that took points."""


@dataclass(frozen=True, slots=True)
class Classroom:
    """Notebooks ``<student>.ipynb`` in a folder, the course they are for, and who answered what."""

    course: Path
    folder: Path
    answers: Mapping[str, Answers]


class Grader:
    """A grader with a classroom to grade, and a folder of its own to write into."""

    name = ""

    def __init__(self, classroom: Classroom, folder: Path) -> None:
        self.classroom = classroom
        self.folder = folder / self.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self._found = self.folder / "failed.json"

    def reset(self) -> None:
        """Undo what the last run left; not timed."""
        self._found.unlink(missing_ok=True)

    def run(self) -> Run:
        """Return the command that grades the whole classroom, one notebook at a time."""
        raise NotImplementedError

    def failed(self) -> Failed:
        """Read what the last run found."""
        found = json.loads(self._found.read_text(encoding="utf-8"))
        return {
            student: {name: frozenset(checks) for name, checks in exercises.items()}
            for student, exercises in found.items()
        }


class Ours(Grader):
    """``grader grade``, with the code of this checkout wherever another is installed."""

    name = "ours"
    command: Sequence[str] = (sys.executable, "-c", "from grader.cli import main; main()")

    def __init__(
        self,
        classroom: Classroom,
        folder: Path,
        isolation: str,
        options: Sequence[str] = ("--jobs", "1"),
    ) -> None:
        super().__init__(classroom, folder)
        self._options = (*options, "--isolation", isolation)

    @property
    def gradebook(self) -> Path:
        """Where the last run kept what it found."""
        return self.folder / "gradebook.db"

    def reset(self) -> None:
        """Remove the gradebook, and what was kept of the course."""
        shutil.rmtree(self.folder, ignore_errors=True)  # it may not be there yet

    def run(self) -> Run:
        """Return ``grader grade``."""
        folders = ("--course", str(self.classroom.course), "--out", str(self.folder))
        argv = [*self.command, "grade", str(self.classroom.folder), *folders, *self._options]
        cache = str(self.folder / "cache")  # it begins empty, too
        return Run(argv, ROOT, clean_environment(GRADER_CACHE=cache))

    def failed(self) -> Failed:
        """Read ``results.json``."""
        results = json.loads((self.folder / "results.json").read_text(encoding="utf-8"))
        return {
            submission["student"]: {
                exercise["id"]: frozenset(
                    check["name"] for check in exercise["checks"] if check["status"] != "pass"
                )
                for exercise in submission["exercises"]
            }
            for submission in results["submissions"]
        }


class Floor(Grader):
    """A fork of a warm process without isolation: the least that grading can cost."""

    name = "floor"

    def run(self) -> Run:
        """Return the command of `benchmarks.floor`."""
        places = map(str, (self.classroom.folder, self.classroom.course, self._found))
        return Run([sys.executable, "-m", "benchmarks.floor", *places], ROOT, clean_environment())


class Nbgrader(Grader):
    """``nbgrader autograde`` of an assignment: one process, and a new kernel for each student.

    The hidden tests are in autograder cells, one a check.
    """

    name = "nbgrader"
    _config = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "benchmark"
c.ClearSolutions.enforce_metadata = False
"""
    _test = """\
### BEGIN HIDDEN TESTS
from paper import examine
examine(globals(), {exercise!r}, {number})
### END HIDDEN TESTS"""
    _read = """\
import collections, json, nbgrader.api, sys
with nbgrader.api.Gradebook("sqlite:///gradebook.db") as gradebook:
    found = {}
    for submission in gradebook.assignment_submissions("loss"):
        failed = found[submission.student.id] = collections.defaultdict(list)
        for grade in submission.notebooks[0].grades:
            exercise, number = grade.name.rsplit("-", 1)
            failed[exercise] += [number] if grade.auto_score != grade.max_score else []
print(json.dumps(found))
"""

    def __init__(
        self, classroom: Classroom, folder: Path, venv: Path, questions: Questions
    ) -> None:
        super().__init__(classroom, folder)
        self._venv, self._questions = venv, questions
        config = self._config.format(root=str(self.folder))
        (self.folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
        source = self.folder / "source/loss"
        self._write(source, dict.fromkeys(questions, "### BEGIN SOLUTION\n### END SOLUTION"))
        write_paper(questions, source)
        for student, programs in classroom.answers.items():
            answers = {exercise: program.source for exercise, program in programs.items()}
            self._write(self.folder / "submitted" / student / "loss", answers)
        self._ask("nbgrader", "generate_assignment", "loss")
        shutil.copy(self.folder / "gradebook.db", self.folder / "fresh.db")

    def reset(self) -> None:
        """Put back the gradebook as it was before any grading."""
        shutil.rmtree(self.folder / "autograded", ignore_errors=True)
        shutil.copy(self.folder / "fresh.db", self.folder / "gradebook.db")

    def run(self) -> Run:
        """Return ``nbgrader autograde``."""
        argv = [str(self._venv / "bin/nbgrader"), "autograde", "loss"]
        return Run(argv, self.folder, in_venv(self._venv))

    def failed(self) -> Failed:
        """Read the gradebook with nbgrader's own interface."""
        self._found.write_text(self._ask("python", "-c", self._read), encoding="utf-8")
        return super().failed()

    def _ask(self, tool: str, *argv: str) -> str:
        """Return what a command of the venv prints."""
        done = subprocess.run(
            [str(self._venv / "bin" / tool), *argv],
            cwd=self.folder,
            env=in_venv(self._venv),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{tool} {' '.join(argv)} failed:\n{done.stderr[-2000:]}")
        return done.stdout

    def _write(self, folder: Path, answers: Mapping[str, str]) -> None:
        folder.mkdir(parents=True)
        cells = (cell for exercise in answers for cell in self._cells(exercise, answers[exercise]))
        write_notebook(folder / "answers.ipynb", cells)

    def _cells(self, exercise: str, source: str) -> Iterator[Cell]:
        kind = {"schema_version": 3, "cell_type": "code", "task": False}
        answer = {"grade_id": exercise, "solution": True, "locked": False, "grade": False}
        yield exercise, source, {"nbgrader": kind | answer}
        for number, question in enumerate(self._questions[exercise]):
            name = f"{exercise}-{number}"
            test = {"grade_id": name, "solution": False, "locked": True, "grade": True}
            code = self._test.format(exercise=exercise, number=number)
            yield name, code, {"nbgrader": kind | test | {"points": question["points"]}}


class Otter(Grader):
    """`otter.api.grade_submission` for each notebook, in one process that stays.

    The tests are a file an exercise, with one hidden case a check.
    """

    name = "otter"
    _head = """\
OK_FORMAT = False

from otter.test_files import test_case
from paper import examine

name = {exercise!r}
"""
    _case = """

@test_case(name={name!r}, points={points}, hidden=True)
def test_{number}(env):
    examine(env, {exercise!r}, {number})
"""
    _grade = """\
import json, sys
from pathlib import Path
from otter.api import grade_submission
found = {}
for path in sorted(Path(sys.argv[1]).glob("*.ipynb")):
    results = grade_submission(str(path), "autograder.zip", quiet=True)
    found[path.stem] = {
        name: [case.test_case.name for case in file.test_case_results if not case.passed]
        for name, file in results.results.items()
    }
Path(sys.argv[2]).write_text(json.dumps(found))
"""

    def __init__(
        self, classroom: Classroom, folder: Path, venv: Path, questions: Questions
    ) -> None:
        super().__init__(classroom, folder)
        self._venv = venv
        with zipfile.ZipFile(self.folder / "autograder.zip", "w") as archive:
            archive.writestr("otter_config.json", json.dumps({"pdf": False}))
            for path in write_paper(questions, self.folder / "paper"):
                archive.write(path, f"files/{path.name}")
            for exercise, several in questions.items():
                cases = [
                    self._case.format(exercise=exercise, number=number, **question)
                    for number, question in enumerate(several)
                ]
                text = self._head.format(exercise=exercise) + "".join(cases)
                archive.writestr(f"tests/{exercise}.py", text)

    def run(self) -> Run:
        """Return the command of one Python that grades them all."""
        places = str(self.classroom.folder), str(self._found)
        argv = [str(self._venv / "bin/python"), "-c", self._grade, *places]
        return Run(argv, self.folder, in_venv(self._venv))


class OtterRun(Otter):
    """``otter run`` of a classroom's only notebook: it starts Python, grades and ends."""

    name = "otter-run"

    def run(self) -> Run:
        """Return ``otter run``."""
        (notebook,) = self.classroom.folder.glob("*.ipynb")
        options = ("--autograder", "autograder.zip", "--no-logo")
        argv = [str(self._venv / "bin/otter"), "run", *options, str(notebook)]
        return Run(argv, self.folder, in_venv(self._venv))

    def failed(self) -> Failed:
        """Read ``results.json``, which has the points of each exercise and not those of checks."""
        found = json.loads((self.folder / "results.json").read_text(encoding="utf-8"))
        scored = [test for test in found["tests"] if "score" in test]
        (student,) = self.classroom.answers
        return {
            student: {
                of["name"]: frozenset(["a check"] if of["score"] < of["max_score"] else [])
                for of in scored
            }
        }


GRADERS = ("ours", "floor", "nbgrader", "otter")
"""Those that can be compared; the first two need nothing to be installed."""

PEERS: Mapping[str, type[Nbgrader] | type[Otter]] = {
    "nbgrader": Nbgrader,
    "otter": Otter,
    "otter-run": OtterRun,
}


def make_venvs(folder: Path) -> dict[str, Path]:
    """Return the virtual environment of each peer; missing ones are made in the folder."""
    venvs = {}
    for command, package in (("nbgrader", "nbgrader"), ("otter", "otter-grader")):
        venv = venvs[command] = folder.absolute() / command
        if not (venv / "bin" / command).exists():
            report(f"Installing {package}, numpy and ipykernel into {venv}")
            subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
            pip = [str(venv / "bin/python"), "-m", "pip", "install", "--quiet"]
            subprocess.run([*pip, package, "numpy", "ipykernel"], check=True)
    return venvs


def in_venv(venv: Path) -> dict[str, str]:
    """Return the environment of a peer."""
    return clean_environment(PATH=f"{venv / 'bin'}:/usr/bin:/bin")


def clean_environment(**more: str) -> dict[str, str]:
    """Return the same small environment for every grader: numpy on one thread, no prompts."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return kept | threads | more
