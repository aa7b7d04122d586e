"""otter-grader on the equal assignment: one test file an exercise, one hidden case a check.

otter's fastest way without containers is `otter.api.grade_submission`, called for each notebook by
one process that stays (``otter run`` does the same, and starts Python anew for each notebook).
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.classroom import Classroom
from benchmarks.measuring import Run
from benchmarks.questions import Question, Questions, write_paper
from benchmarks.subjects import ConnectionLost, clean_environment

_HEAD = """\
OK_FORMAT = False

from otter.test_files import test_case
from paper import examine

name = {exercise!r}
"""
_CASE = """

@test_case(name={title!r}, points={points}, hidden=True)
def test_{number}(env):
    examine(env, {exercise!r}, {number})
"""
_GRADE = """\
import json, sys
from pathlib import Path
from otter.api import grade_submission
folder, autograder, out = sys.argv[1:]
found = {}
for path in sorted(Path(folder).glob("*.ipynb")):
    results = grade_submission(str(path), autograder, quiet=True)
    found[path.stem] = {
        name: [case.test_case.name for case in file.test_case_results if not case.passed]
        for name, file in results.results.items()
    }
Path(out).write_text(json.dumps(found))
"""


class Otter:
    """`otter.api.grade_submission` for each notebook."""

    name = "otter"

    def __init__(
        self, venv: Path, questions: Questions, classroom: Classroom, folder: Path
    ) -> None:
        self._venv, self._classroom = venv, classroom
        self._folder = folder / "otter"
        self._folder.mkdir(parents=True)
        self._out = self._folder / "results.json"
        self._write_autograder(questions)

    def reset(self) -> None:
        """Forget the last run's results."""
        self._out.unlink(missing_ok=True)

    def run(self) -> Run:
        """Return the command of one Python that grades them all."""
        argv = [str(self._venv / "bin" / "python"), "-c", _GRADE, str(self._classroom.folder)]
        argv += [str(self._folder / "autograder.zip"), str(self._out)]
        return Run(argv, self._folder, self._environment)

    def lost(self) -> ConnectionLost:
        """Read what otter found."""
        found = json.loads(self._out.read_text(encoding="utf-8"))
        return {
            student: {exercise: frozenset(names) for exercise, names in exercises.items()}
            for student, exercises in found.items()
        }

    @property
    def _environment(self) -> dict[str, str]:
        return clean_environment(PATH=f"{self._venv / 'bin'}:/usr/bin:/bin")

    def _write_autograder(self, questions: Questions) -> None:
        beside = write_paper(questions, self._folder / "paper")
        with zipfile.ZipFile(self._folder / "autograder.zip", "w") as archive:
            archive.writestr("otter_config.json", json.dumps({"pdf": False}))
            for path in beside:
                archive.write(path, f"files/{path.name}")
            for exercise, of_exercise in questions.items():
                archive.writestr(f"tests/{exercise}.py", _test_file(exercise, of_exercise))


class OtterRun(Otter):
    """``otter run`` of one notebook, which starts Python, grades it and ends."""

    def run(self) -> Run:
        """Return ``otter run``; it says of each exercise no more than what it earned."""
        argv = [str(self._venv / "bin" / "otter"), "run", "--autograder", "autograder.zip"]
        (notebook,) = self._classroom.folder.glob("*.ipynb")
        return Run([*argv, "--no-logo", str(notebook)], self._folder, self._environment)

    def lost(self) -> ConnectionLost:
        """Read which exercises did not earn all of their points."""
        found = json.loads(self._out.read_text(encoding="utf-8"))
        (student,) = self._classroom.answers
        points = {test["name"]: test for test in found["tests"] if "score" in test}
        return {
            student: {
                name: frozenset([name] if of["score"] < of["max_score"] else [])
                for name, of in points.items()
            }
        }


def _test_file(exercise: str, questions: Sequence[Question]) -> str:
    cases = [
        _CASE.format(title=q.name, points=q.points, number=number, exercise=exercise)
        for number, q in enumerate(questions)
    ]
    return _HEAD.format(exercise=exercise) + "".join(cases)
