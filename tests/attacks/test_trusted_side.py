"""Attacks on the trusted side through plain data: its memory, its time, the code of authors.

What a session answers is believed by nobody; here it is large, or made to be slow to work with.
"""

from __future__ import annotations

import inspect
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from grader.authoring.prove.bounded_process import BoundedTask, run_bounded
from grader.course import load_course
from grader.grading.grade import grade_submission
from grader.grading.preparation import Preparation, prepare_course
from grader.results import CheckResult, for_student
from grader.sandbox.engine import Isolation
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings
from tests.attacks.arena import Paper
from tests.attacks.conftest import public_temporary_folder
from tests.course.tiny import write
from tests.guest.protocol.test_frames import looking_far

pytestmark = pytest.mark.strong

ROOT = Path(__file__).parents[2]
LIMITS = {"cell_s": 20, "notebook_s": 40, "call_s": 10, "exercise_s": 60}

COURSE = {
    "exercises/course.yaml": """\
title: Dicts
units: [{id: dicts, title: Dicts, exercises: [dicts]}]
""",
    "exercises/dicts/dicts.yaml": """\
id: dicts
title: Dicts, sets and whole numbers
unit: dicts
points: 9
prompt: Answer.
starter: "d = s = h = w = None"
defines: [d, s, h, w]
checks:
  - {function: d, name: A dict, points: 2, cases: [{args: [3]}, {args: [5]}]}
  - {function: s, name: A set, points: 2, cases: [{args: [3]}, {args: [5]}]}
  - {function: h, name: A number, points: 1, cases: [{args: [0.5]}]}
  - witness: w
    name: A pair
    points: 2
    unpack: [p, q]
    requires:
      - {that: is_number(p) and is_number(q), otherwise: these are no numbers}
      - {that: 2 ** p > q > 0, otherwise: the power is too small}
  - {property: 2 ** h(0.5) > 0, name: A power, points: 1}
  - {python: powers, name: In Python, points: 1, about: h}
mistakes:
  - {id: number_in_dict, score: 4, hint: A number is wanted.}
  - {id: other_dict, score: 7, hint: Another dict.}
""",
    "solutions/dicts/dicts/reference.py": """\
def d(x):
    return {x: 1.0, x + 1: 2.0, "a": 0.5}

def s(x):
    return {x, x + 1}

def h(x):
    return 2 * int(2 * x)

w = (3, 2)
""",
    "solutions/dicts/dicts/checks.py": """\
def powers(student, reference, rng):
    assert 2 ** student.h(1.0) > 1
""",
    "solutions/dicts/dicts/mistakes/number_in_dict.py": """\
def d(x):
    return {x: 1.0, x + 1: 2.0, "a": 0.5}

def s(x):
    return {x, x + 1}

def h(x):
    return {x: 2.0 * x}

w = (1, 2)
""",
    "solutions/dicts/dicts/mistakes/other_dict.py": """\
def d(x):
    return {x: 1.0, x + 2: 2.0, "a": 0.5}

def s(x):
    return {x, x + 1}

def h(x):
    return 2 * int(2 * x)

w = (3, 2)
""",
}
RIGHT = COURSE["solutions/dicts/dicts/reference.py"]


class Desk:
    """One course, one sandbox, one submission after the other."""

    def __init__(self, folder: Path) -> None:
        self.preparation: Preparation = prepare_course(load_course(write(folder, COURSE)))
        assert self.preparation.faults == ()
        settings = SandboxSettings.model_validate({"limits": LIMITS})
        self.sandbox = Sandbox(settings, Isolation.STRONG, hidden=(folder,))

    def grade(self, *cells: str) -> dict[str, CheckResult]:
        result = grade_submission(self.preparation, Paper(cells), self.sandbox)
        assert result.status == "graded", result
        (exercise,) = for_student(result).exercises
        assert exercise.status != "error", exercise
        return {check.name: check for check in exercise.checks}

    def close(self) -> None:
        self.sandbox.close()


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr("grader.checks.bounds._APART_WITHIN_S", 0.5)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with public_temporary_folder() as folder, closing(Desk(folder)) as made:
        yield made


def passed(checks: dict[str, CheckResult]) -> set[str]:
    return {name for name, check in checks.items() if check.status == "pass"}


ALL = {"A dict", "A set", "A number", "A pair", "A power", "In Python"}


def test_the_reference_earns_everything(desk):
    assert passed(desk.grade(RIGHT)) == ALL


HUGE = {
    "a key beyond floats": "def d(x): return {10**400: 1.0, x: 1.0, 'a': 0.5}",
    "a value beyond floats": "def d(x): return {x: 10**400, x + 1: -10**400, 'a': 10**401}",
    "a member beyond floats": "def s(x): return {10**400, x}",
    "a number beyond floats": "def h(x): return 10**400",
    "a dict for a number": "def h(x): return {10**400: 1.0}",
    "an infinite key": "def d(x): return {float('inf'): 1.0, float('nan'): 2.0, 1j: 0.5}",
}


@pytest.mark.parametrize("name", HUGE)
def test_a_number_that_no_float_holds_is_one_wrong_answer(desk, arenas, name):
    checks = desk.grade(RIGHT, HUGE[name])
    kept = {"d": "A dict", "s": "A set", "h": "A number"}[HUGE[name][4]]
    assert kept not in passed(checks)
    assert passed(checks) >= {"A dict", "A set", "A pair"} - {kept}
    source = "tests/compare/test_comparing.py"
    arenas.tell(f"huge_{name.replace(' ', '_')}", "comparison", "strong", source)


@pytest.mark.parametrize("pair", ["(10**11, 3)", "(10**400, 3)"])
def test_no_exponent_fills_the_memory_or_never_ends(desk, arenas, pair):
    used = sum(os.times()[:4])
    checks = desk.grade(RIGHT, f"w = {pair}\ndef h(x): return 10**11")
    assert passed(checks) == {"A dict", "A set"}
    assert sum(os.times()[:4]) - used < 60
    arenas.tell(f"exponent_{pair}", "limits", "strong", "tests/checks/test_bounds.py")


def test_keys_that_were_made_to_collide_cost_what_they_answer(desk, arenas):
    search = f"import numpy as np\n{inspect.getsource(looking_far)}\n"
    keys = f"{search}keys = looking_far(1 << 15, 18_000, 2000)\nkept = dict.fromkeys(keys, 0.5)"
    used = time.process_time()
    checks = desk.grade(RIGHT, keys, "def d(x): return kept")
    assert "A dict" not in passed(checks)
    assert "A pair" in passed(checks)
    assert time.process_time() - used < 10
    arenas.tell("colliding_keys", "wire", "strong", "tests/guest/protocol/test_frames.py")


# Memory

ASKED = ("hth_likelihood", "kl_asymmetry")
MIB = 1 << 20
AT_MOST_BYTES = 250 * MIB
"""Beyond what a worker has before; with that it stays below 400 MiB."""

LARGE = {
    "32 MiB": "np.ones(1 << 22)",
    "64 MiB": "np.ones((1 << 23) - 64)",
    "text": "'a' * (15 << 20) + 'b'",
    "wide text": "'a' * (3 << 20) + chr(0x1F600)",
    "many arrays": "[np.ones(1 << 14) for _ in range(200)]",
    "many items": "[(0.5,) for _ in range(30_000)]",
}


SOON = ("32 MiB", "wide text", "many items")


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each in SOON else pytest.mark.soak) for each in LARGE]
)
def test_large_answers_to_every_question_do_not_fill_a_worker(arenas, name):
    names = sorted({name for each in ASKED for name in load_course(ROOT).exercises[each].defines})
    code = "import numpy as np\nlarge = " + LARGE[name] + "\n"
    code += "".join(f"def {each}(*args, **kwargs): return large\n" for each in names)
    preparation = prepare_course(load_course(ROOT), only=ASKED)
    limits = {**LIMITS, "call_s": 5, "exercise_s": 5}
    settings = SandboxSettings.model_validate({"limits": limits})

    def grade() -> tuple[str, float, int]:
        before = memory_bytes("VmRSS")
        with Sandbox(settings, Isolation.STRONG, hidden=(ROOT,)) as sandbox:
            result = grade_submission(preparation, Paper([code]), sandbox)
        return result.status, float(result.score), memory_bytes("VmHWM") - before

    (ended,) = run_bounded([BoundedTask(name, grade, 300.0, has_others_work=True)], jobs=1)
    assert not ended.lost
    status, score, taken = ended.value
    assert (status, score) == ("graded", 0.0)
    assert taken < AT_MOST_BYTES
    arenas.tell(f"large_answers_{name}", "limits", "strong", "tests/sandbox/test_session.py")


def memory_bytes(key: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (line,) = [line for line in lines if line.startswith(f"{key}:")]
    return int(line.split()[1]) << 10
