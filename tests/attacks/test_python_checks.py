"""Attacks on checks that are an author's own Python, which runs on the trusted side.

Whatever a student's code answers, the author's function gets plain data of the right form or
nothing: no object with behaviour, no exception that ends more than a question, no text that
reaches a terminal or carries a hidden input home.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from grader.course import load_course
from grader.grading.grade import grade_submission
from grader.grading.preparation import Preparation, prepare_course
from grader.results import CheckResult, for_student
from grader.sandbox.engine import Isolation
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings
from tests.attacks.arena import Paper
from tests.attacks.conftest import public_temporary_folder
from tests.attacks.exam import LIMITS
from tests.attacks.test_lying_objects import LIES
from tests.clocks import own_clock
from tests.course.tiny import write

pytestmark = pytest.mark.strong

SECRET = 0.123456789
COURSE = {
    "exercises/course.yaml": """\
title: Trust
secret: nobody who attacks knows this
units: [{id: trust, title: Trust, exercises: [halves]}]
""",
    "exercises/trust/halves.yaml": """\
id: halves
title: Halves
unit: trust
points: 7
prompt: Halve a number.
starter: "def half(x): ..."
defines: [half]
checks:
  - {python: halves, name: In numbers, points: 1, about: half}
  - {python: halves_arrays, name: In arrays, points: 1, about: half}
  - {python: refuses, name: Not texts, points: 1, about: half}
  - {python: comes_to_rest, name: Again and again, points: 1, about: half}
  - {python: divides, name: As a divisor, points: 1, about: half}
  - {python: shown, name: For all to see, points: 1, visible: true, about: half}
  - {function: half, name: Without Python, points: 1, cases: [{args: [3.0]}]}
""",
    "solutions/trust/halves/reference.py": """\
def half(x):
    return x / 2
""",
    "solutions/trust/halves/checks.py": f"""\
import numpy as np
import numpy.testing as npt
import pytest


def halves(student, reference, rng):
    assert student.half({SECRET}) == {SECRET} / 2


def halves_arrays(student, reference, rng):
    x = rng.normal(size=3)
    npt.assert_allclose(student.half(x), x / 2)


def refuses(student, reference, rng):
    with pytest.raises(TypeError):
        student.half("text")
    assert student.half(1.0) == 0.5


def comes_to_rest(student, reference, rng):
    x = 1.0
    while x > 1e-3:
        x = student.half(x)
    assert x > 0


def divides(student, reference, rng):
    assert 1 / student.half(4.0) == 0.5


def shown(student, reference, rng):
    got = student.half(8.0)
    assert got == 4.0, f"half of 8 is 4, not {{got}}"
""",
}


class Hall:
    """One course, one sandbox, one submission after the other."""

    def __init__(self, folder: Path) -> None:
        self.preparation: Preparation = prepare_course(load_course(write(folder, COURSE)))
        assert self.preparation.faults == ()
        settings = SandboxSettings.model_validate({"limits": LIMITS})
        self.sandbox = Sandbox(settings, Isolation.STRONG, hidden=(folder,))

    def sit(self, *cells: str) -> dict[str, CheckResult]:
        """Grade a notebook; return what its student may see of each check."""
        started = own_clock()
        result = grade_submission(self.preparation, Paper([dedent(c) for c in cells]), self.sandbox)
        assert result.status == "graded", result
        assert started.sample() < 20
        (exercise,) = for_student(result).exercises
        return {check.name: check for check in exercise.checks}

    def close(self) -> None:
        self.sandbox.close()


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    with public_temporary_folder() as folder, closing(Hall(folder)) as made:
        yield made


@pytest.fixture
def stopped(arenas: Callable[..., object], request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Note what stopped an attack."""

    def tell(proof: str) -> None:
        name = request.node.name.removeprefix("test_")
        arenas.tell(name, "plain answers", "strong", proof)  # type: ignore[attr-defined]

    return tell


def earned(checks: dict[str, CheckResult]) -> set[str]:
    assert {check.status for check in checks.values()} <= {"pass", "fail"}
    return {name for name, check in checks.items() if check.points}


def test_a_right_answer_earns_everything(hall):
    assert len(earned(hall.sit("def half(x): return x / 2"))) == 7


@pytest.mark.parametrize("lie", LIES)
def test_an_object_that_lies_is_never_handed_to_the_authors_code(hall, stopped, lie):
    checks = hall.sit(LIES[lie], "def half(x): return lie")
    assert earned(checks) == set()
    stopped("tests/attacks/test_lying_objects.py")


@pytest.mark.parametrize(
    "body",
    [
        "return x / 2 + 1e-300j",
        "return [x / 2]",
        "return str(x / 2)",
        "return True",
        "return 10**100_000",
        "return 'a' * 10**7",
        "import numpy as np; return np.zeros(10**6)",
        "import numpy as np; return np.full(np.shape(x), np.nan)",
        "deep = []\n    for _ in range(50_000): deep = [deep]\n    return deep",
        "return {i: i for i in range(200_000)}",
    ],
)
def test_an_answer_of_another_form_or_size_earns_nothing(hall, stopped, body):
    right_to_within_a_tolerance = {"Without Python"} if "1e-300j" in body else set()
    assert earned(hall.sit(f"def half(x):\n    {body}")) == right_to_within_a_tolerance
    stopped("test_a_right_answer_earns_everything")


@pytest.mark.parametrize(
    "error",
    [
        "SystemExit(0)",
        "KeyboardInterrupt()",
        "GeneratorExit()",
        "BaseException('AssertionError')",
        "type('Failed', (BaseException,), {})('no')",
        "type('TimeLimit', (BaseException,), {})('up')",
        "type('SandboxError', (Exception,), {})('ours')",
        "type('InterviewOverError', (BaseException,), {})('over')",
        "type('E', (Exception,), {'__str__': lambda self: 1 / 0})()",
        "ExceptionGroup('many', [ValueError()] * 1000)",
        "UnicodeDecodeError('utf-8', b'', 0, 1, 'why')",
        "ValueError('a' * 10**8)",
        "StopIteration(x / 2)",
        "AssertionError()",
        "ZeroDivisionError('its own')",
    ],
)
def test_an_exception_ends_one_question_and_nothing_else(hall, stopped, error):
    checks = hall.sit(f"def half(x):\n    raise {error}")
    assert earned(checks) == set()
    checks = hall.sit(
        f"def half(x):\n    if type(x) is float and x == 4.0: raise {error}\n    return x / 2"
    )
    assert earned(checks) == set(hall.sit("def half(x): return x / 2")) - {"As a divisor"}
    stopped("test_a_right_answer_earns_everything")


def test_refusing_everything_does_not_pass_for_refusing_texts(hall, stopped):
    assert earned(hall.sit("def half(x): raise TypeError")) == set()
    stopped("test_a_right_answer_earns_everything")


@pytest.mark.parametrize("body", ["while True: pass", "import os; os.kill(os.getpid(), 9)"])
def test_a_hang_or_a_death_is_no_refusal(hall, stopped, body):
    checks = hall.sit(f"def half(x):\n    if isinstance(x, str):\n        {body}\n    return x / 2")
    assert "Not texts" not in earned(checks)
    assert "In numbers" in earned(checks)
    stopped("test_a_right_answer_earns_everything")


def test_answers_that_lead_the_authors_loop_nowhere_end_it(hall, stopped):
    checks = hall.sit("def half(x): return 1.0 if type(x) is float and x == 1.0 else x / 2")
    assert checks["Again and again"].message == "`half` is not right."
    assert "In numbers" in earned(checks)
    stopped("test_a_right_answer_earns_everything")


@pytest.mark.parametrize("answer", ["0.0", "1e-9", "float('nan')", "-1e300"])
def test_what_makes_the_authors_code_fail_is_the_students_failure(hall, stopped, answer):
    checks = hall.sit(f"def half(x): return {answer} if type(x) is float and x == 4.0 else x / 2")
    assert checks["As a divisor"].status == "fail"
    assert checks["As a divisor"].points == 0
    stopped("test_a_right_answer_earns_everything")


@pytest.mark.parametrize(
    "body",
    [
        "raise type(f'Leak_{x}'.replace('.', '_'), (Exception,), {})(str(x))",
        "raise ValueError(str(x))",
        "return str(x)",
        "return {x: x}",
        "return type(f'Leak_{x}'.replace('.', '_'), (), {})()",
        "return x",
    ],
)
def test_no_hidden_input_comes_home_in_what_a_student_reads(hall, stopped, body):
    checks = hall.sit(f"def half(x):\n    {body}")
    seen = " ".join(f"{check.message} {check.hint}" for check in checks.values())
    for form in (f"{SECRET}", f"{SECRET}".replace(".", "_"), "123456"):
        assert form not in seen
    stopped("test_the_instructor_reads_it")


def test_the_instructor_reads_it(hall):
    paper = Paper(["def half(x): raise ValueError(str(x))"])
    (exercise,) = grade_submission(hall.preparation, paper, hall.sandbox).exercises
    assert str(SECRET) in exercise.checks[0].message


def test_nothing_in_a_visible_message_moves_a_cursor_or_starts_a_line(hall, stopped):
    odd = r"::error::\n\x1b[2J\u202egreat\r" + "a" * 10**5
    checks = hall.sit(f"def half(x): raise ValueError('{odd}')")
    message = checks["For all to see"].message
    assert message.isprintable()
    assert len(message) < 3000
    stopped("tests/test_text.py")


def test_patching_numpy_pytest_or_assert_in_the_session_changes_nothing_outside(hall, stopped):
    checks = hall.sit(
        """
        import builtins, sys, types
        import numpy as np, numpy.testing
        np.testing.assert_allclose = lambda *_, **__: None
        np.allclose = lambda *_, **__: True
        builtins.AssertionError = type("Never", (Exception,), {})
        sys.modules["pytest"] = types.SimpleNamespace(raises=None)
        def half(x): return x
        """
    )
    assert earned(checks) == set()
    stopped("tests/attacks/test_lying_objects.py")
