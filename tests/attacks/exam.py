"""The bundled course, asked over a real sandbox: do its own checks hold against an attacker?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from grader.course import load_course
from grader.grading.grade import grade_submission
from grader.grading.preparation import Preparation, prepare_course
from grader.results import ExerciseResult, SubmissionResult
from grader.sandbox.engine import Isolation
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings
from tests.attacks.arena import Paper

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)
SECRET = "nobody who sits the exam knows this"
LIMITS: Mapping[str, float] = {"cell_s": 3, "notebook_s": 6, "call_s": 1, "exercise_s": 3}


@cache
def prepared(exercise: str, secret: str = SECRET) -> Preparation:
    """Return one exercise, ready to be asked."""
    return prepare_course(replace(COURSE, secret=secret), only=[exercise])


def reference(exercise: str) -> str:
    """Return the reference's code, an answer that gets every point."""
    return COURSE.exercises[exercise].reference.read_text(encoding="utf-8")


def starter(exercise: str) -> str:
    """Return what students begin with."""
    return COURSE.exercises[exercise].starter


def accepted(exercise: str, style: str) -> str:
    """Return another right answer."""
    folder = COURSE.exercises[exercise].reference.parent / "accepted"
    return (folder / f"{style}.py").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Sat:
    """What came of one exercise."""

    result: SubmissionResult

    @property
    def exercise(self) -> ExerciseResult:
        return self.result.exercises[0]

    @property
    def score(self) -> float:
        return float(self.exercise.score)

    @property
    def passed(self) -> list[str]:
        """The names of the checks that passed."""
        return [check.name for check in self.exercise.checks if check.status == "pass"]

    @property
    def seen(self) -> str:
        """Everything that the student gets to read."""
        cells = [cell.error for cell in self.result.cells]
        return "\n".join([*cells, *(check.seen_by_student for check in self.exercise.checks)])


class Exam:
    """Grades one exercise at a time, all in one sandbox."""

    def __init__(self) -> None:
        # What the exercises preload is there already, as it is for a class.
        preload = COURSE.sandbox_for(COURSE.exercises.values()).preload
        settings = SandboxSettings.model_validate({"limits": LIMITS, "preload": preload})
        self.sandbox = Sandbox(settings, Isolation.STRONG, hidden=(ROOT,))

    def sit(self, exercise: str, *cells: str, secret: str = SECRET) -> Sat:
        """Grade a notebook on one exercise; no check of it may be an error."""
        result = grade_submission(prepared(exercise, secret), Paper(cells), self.sandbox)
        assert result.status == "graded", result
        errors = [check for check in result.exercises[0].checks if check.status == "error"]
        assert errors == []
        return Sat(result)

    def close(self) -> None:
        self.sandbox.close()
