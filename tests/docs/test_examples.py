"""docs/examples: each exercise gives what it states, graded through a real session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from grader.checks.registry import collect_kinds
from grader.course import Course, Exercise, load_course
from grader.grading.grade import grade_submission
from grader.grading.preparation import Preparation, prepare_course
from grader.notebook import Notebook, read_notebook
from grader.results import ExerciseResult
from grader.sandbox.engine import Isolation
from grader.sandbox.jupyter import JupyterEngine
from grader.sandbox.sandbox import Sandbox
from tests.notebooks import code_cell, notebook_bytes

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
COURSE = load_course(EXAMPLES)


@dataclass(frozen=True)
class Paper:
    cells: tuple[Mapping[str, Any], ...]
    student: str = "ada"
    notebook: str = "ada.ipynb"

    def read(self) -> Notebook:
        return read_notebook(notebook_bytes(self.cells), name=self.notebook)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(COURSE.sandbox, Isolation.NONE) as started:
        yield started


@cache
def prepared(exercise: str) -> Preparation:
    preparation = prepare_course(COURSE, only=[exercise])
    assert preparation.faults == ()
    return preparation


def graded(sandbox: Sandbox, exercise: Exercise, source: str) -> ExerciseResult:
    """Grade a program as one cell, below the references that it builds on."""
    below = [COURSE.exercises[name].reference.read_text() for name in exercise.builds_on]
    own = code_cell(source, metadata={"grader": {"exercise": exercise.id}})
    paper = Paper((*map(code_cell, below), own))
    result = grade_submission(prepared(exercise.id), paper, sandbox)
    assert result.status == "graded"
    return result.exercises[0]


def test_a_jupyter_kernel_finds_the_same(sandbox: Sandbox) -> None:
    cells = [
        code_cell(exercise.reference.read_text(), metadata={"grader": {"exercise": name}})
        for name, exercise in COURSE.exercises.items()
    ]
    whole, paper = prepare_course(COURSE), Paper(tuple(cells))
    with JupyterEngine(COURSE.sandbox) as jupyter:
        theirs = grade_submission(whole, paper, jupyter)
    ours = grade_submission(whole, paper, sandbox)
    assert theirs.exercises == ours.exercises
    assert {exercise.status for exercise in ours.exercises} == {"passed", "needs_review"}


def programs(folder: str) -> list[Any]:
    paths = sorted(EXAMPLES.glob(f"solutions/*/*/{folder}"))
    assert paths
    return [
        pytest.param(COURSE.exercises[path.relative_to(EXAMPLES).parts[2]], path, id=str(path.stem))
        for path in paths
    ]


@pytest.mark.parametrize(("exercise", "path"), programs("reference.py") + programs("accepted/*.py"))
def test_a_right_answer_loses_nothing(sandbox: Sandbox, exercise: Exercise, path: Path) -> None:
    result = graded(sandbox, exercise, path.read_text())
    lost = [check.message for check in result.checks if check.status not in ("pass", "skipped")]
    assert lost == []
    left_to_a_person = {check.kind for check in result.checks if check.review}
    assert left_to_a_person <= {"manual"}


@pytest.mark.parametrize("exercise", COURSE.exercises.values(), ids=lambda exercise: exercise.id)
def test_the_starter_gets_nothing(sandbox: Sandbox, exercise: Exercise) -> None:
    result = graded(sandbox, exercise, exercise.starter)
    assert (result.score, [check.review for check in result.checks if check.review]) == (0, [])


@pytest.mark.parametrize(("exercise", "path"), programs("mistakes/*.py"))
def test_a_mistake_gets_its_score_and_its_name(
    sandbox: Sandbox, exercise: Exercise, path: Path
) -> None:
    (mistake,) = [known for known in exercise.mistakes if known.id == path.stem]
    result = graded(sandbox, exercise, path.read_text())
    assert result.score == mistake.score
    assert {check.mistake for check in result.checks if check.status == "fail"} == {mistake.id}


def kinds_of(course: Course) -> set[str]:
    return {check.kind for exercise in course.exercises.values() for check in exercise.checks}


def test_every_kind_of_check_is_used_by_the_course_or_an_example() -> None:
    kinds: Mapping[str, Any] = collect_kinds([])
    assert kinds_of(load_course(ROOT)) | kinds_of(COURSE) == set(kinds)
