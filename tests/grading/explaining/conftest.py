"""A small course, and notebooks that are graded in a session each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from grader.course import load_course
from grader.grading.grade import grade_submission
from grader.grading.preparation import Preparation, prepare_course
from grader.notebook import read_notebook
from grader.results import CheckResult, ExerciseResult, SubmissionResult
from grader.sandbox.engine import Isolation
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import Limits, SandboxSettings
from tests.course.tiny import write
from tests.notebooks import notebook_bytes

COURSE = """\
title: A small course
secret: known to the tests
units:
  - id: u
    title: One unit
    exercises: [sq, pair, quiz]
"""
SQ = """\
id: sq
title: Square plus one
unit: u
points: 4
defines: [sq]
prompt: |
  Write `sq(x)`, which gives $x^2+1$. Begin with

      def sq(x):
starter: |
  def sq(x):
      ...
checks:
  - function: sq
    name: Three
    points: 1
    visible: true
    hint: Square first.
    cases: [{args: [3], expected: 10}]
  - function: sq
    name: Five
    points: 1
    visible: true
    hint: Square first.
    cases: [{args: [5], expected: 26}]
  - function: sq
    name: Any
    points: 2
    hint: Square first.
    given: {x: {uniform: [-3, 3]}}
    trials: 3
"""
PAIR = """\
id: pair
title: Two names
unit: u
points: 2
defines: [double, best]
prompt: Write `double(x)`, and `best`, the number whose double is 8.
starter: |
  def double(x):
      \"\"\"Return twice x.\"\"\"
      raise NotImplementedError

  best = None
checks:
  - function: double
    name: Double
    points: 1
    visible: true
    cases: [{args: [[1.0, 2.0]], expected: [2.0, 4.0]}]
  - value: best
    name: Best
    points: 1
    expected: 4
    visible: true
    hint: Halve it.
"""
QUIZ = """\
id: quiz
title: A question
unit: u
points: 1
defines: [answers]
prompt: "Is 2 even? `answers[\\"even\\"]` is `yes` or `no`."
starter: |
  answers = {"even": None}
checks:
  - quiz: answers
    name: Even
    points: 1
    visible: true
    question: even
    ask: Is 2 even?
    choices: {"yes": It is., "no": It is not.}
    answer: "yes"
"""
FILES = {
    "exercises/course.yaml": COURSE,
    "exercises/u/sq.yaml": SQ,
    "exercises/u/pair.yaml": PAIR,
    "exercises/u/quiz.yaml": QUIZ,
    "solutions/u/sq/reference.py": "def sq(x):\n    return x * x + 1\n",
    "solutions/u/pair/reference.py": (
        "import numpy as np\n\n\ndef double(x):\n    return 2 * np.asarray(x)\n\n\nbest = 4\n"
    ),
    "solutions/u/quiz/reference.py": 'answers = {"even": "yes"}\n',
}


@dataclass(frozen=True)
class Paper:
    content: bytes
    student: str = "ada"
    notebook: str = "ada.ipynb"

    def read(self):
        return read_notebook(self.content, name=self.notebook)


@dataclass(frozen=True)
class Found:
    """What was found of a notebook."""

    result: SubmissionResult

    @property
    def exercise(self) -> ExerciseResult:
        return self.result.exercises[0]

    @property
    def first(self) -> CheckResult:
        return self.exercise.checks[0]

    @property
    def reason(self) -> str:
        """Why nothing was found, which the first check tells."""
        assert self.exercise.status == "not_attempted"
        assert not self.exercise.spends_attempt
        return self.first.message

    @property
    def cells(self) -> list[str]:
        return [cell.error for cell in self.result.cells]


@pytest.fixture(scope="session")
def small_course(tmp_path_factory: pytest.TempPathFactory) -> Preparation:
    return prepare_course(load_course(write(tmp_path_factory.mktemp("small"), FILES)))


@pytest.fixture(scope="session")
def quick_sandbox() -> Iterator[Sandbox]:
    limits = Limits(cell_s=0.5, call_s=0.5)
    with Sandbox(SandboxSettings(limits=limits), Isolation.NONE) as sandbox:
        yield sandbox


@pytest.fixture
def grade(small_course: Preparation, quick_sandbox: Sandbox) -> Callable[..., Found]:
    """Return what grades a notebook's cells, of one exercise."""

    def graded(*cells: str | Mapping[str, Any], only: str = "sq") -> Found:
        paper = Paper(notebook_bytes(cells))
        return Found(grade_submission(small_course, paper, quick_sandbox, [only]))

    return graded


def text_cell(source: str, kind: str = "markdown", **grader: str) -> dict[str, Any]:
    """Return a cell that is not run."""
    metadata = {"grader": grader} if grader else {}
    return {"cell_type": kind, "metadata": metadata, "source": source}
