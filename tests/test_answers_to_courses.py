"""Whatever a session answers to any check of a course, a verdict comes of it, and soon.

`make soak` gives ten thousand answers; the ordinary run, two hundred.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.checks.base import Verdict
from grader.checks.bounds import judge_within_bounds
from grader.checks.student_work import StudentWork, WorkCell
from grader.checks.students.local import LocalStudent
from grader.course import load_course, student_of_program
from grader.grading.mistakes import name_mistakes
from grader.grading.preparation import PreparedCheck, PreparedExercise, prepare_course
from grader.guest.protocol.conversions import as_received
from grader.guest.protocol.values import (
    Answer,
    Call,
    Died,
    Missing,
    Opaque,
    Raised,
    Returned,
    TimedOut,
    Value,
)
from tests.compare.test_comparing import anything
from tests.test_fuzz import counts

pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parents[1]
SLOW_S = 15.0  # processor time of one check, here and in the processes that are forked for it

# What an author's code, or a comparison, could stumble over.
STRANGE: list[Value] = [
    *(None, True, False, 0, 1, -1, 2, 10**11, -(10**11), 10**400, -(10**400), 2**63, 2**1024),
    *(0.0, -0.0, 5e-324, 1e308, -1e308, math.inf, -math.inf, math.nan, 1j, complex(math.nan, 1)),
    *("", "a", "a" * 5000, "\x1b[31m\u202e", "1e999", "9" * 5000, b"", b"\0" * 5000),
    *([], (), {}, set(), [[]], [[], [1]], [None], [1, [2, [3]]], ("a", 1), {1: {2: {3: 4}}}),
    *({10**400: 1.0}, {10**400, 1}, {math.inf: 1}, {None: None}, {(1, 2): [3]}, {1j: 1}, {True, 0}),
    *({k: k for k in range(300)}, {k * 0.1 for k in range(300)}, list(range(300)), [0.5] * 3000),
    *(np.array(0.5), np.array([]), np.zeros((0, 3)), np.zeros((3, 0, 3)), np.zeros((1,) * 30)),
    *(np.full(3, np.nan), np.array([np.inf, -np.inf]), np.zeros(3, complex), np.zeros(3, bool)),
    *(np.arange(5), np.zeros(3, "u1"), np.ones(3, "f2"), np.full(3, 2**63, "u8"), np.ones((4, 1))),
    *(np.array(["a", "bc"]), np.array("a"), np.zeros(100_000), np.ones((300, 300), "i1")),
    *(Opaque("Odd", "<odd>"), [Opaque("A", "a")], {Opaque("A", "a"): 1}, Opaque("x" * 200, "")),
]
NO_VALUES: list[Answer] = [
    *(Raised("ValueError", "no", ("Exception",)), Raised("", ""), Raised("\x1b", "\u202e" * 500)),
    *(Raised("MemoryError", "", ("Exception",)), Raised("SystemExit", "1", ("BaseException",))),
    *(Missing("f"), Missing("f", callable_wanted=True), TimedOut(5.0), TimedOut(0.0, "exercise")),
    *(Died("its process was ended by SIGSEGV"), Returned(0.5, ("0", "\x1b")), Returned(None)),
]


def mutated(value: Value, rng: Random) -> Value:
    """Return a value that differs from a right one in form, in kind or in a part."""
    if rng.random() < 0.25:
        return rng.choice(STRANGE)
    if isinstance(value, dict) and value:
        keys = list(value)
        key, new = rng.choice(keys), dict(value)
        match rng.randrange(3):
            case 0:
                del new[key]
            case 1:
                new[rng.choice([10**400, math.inf, None, "more", 2**61 - 1, (1,)])] = value[key]
            case _:
                new[key] = mutated(value[key], rng)
        return new
    if isinstance(value, (list, tuple)) and value:
        place, new = rng.randrange(len(value)), list(value)
        new[place] = mutated(value[place], rng)
        return rng.choice([tuple, list, lambda items: items[1:], lambda items: [*items, items[0]]])(
            new
        )
    if isinstance(value, (np.ndarray, float, int, complex)) and not isinstance(value, bool):
        return _mutated_numbers(value, rng)
    if isinstance(value, str):
        return rng.choice([value[1:], value * 3, list(value), value.encode(), value.upper()])
    return rng.choice(STRANGE)


def _mutated_numbers(value: Any, rng: Random) -> Value:
    array = np.asarray(value)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        changed = rng.choice(
            [
                *(lambda: array.tolist(), lambda: array.reshape(-1, 1), lambda: array[None]),
                *(lambda: array * -1.0, lambda: array * 1e300, lambda: array / 0.0),
                *(lambda: array + 1j, lambda: array.astype(bool), lambda: array.astype("U40")),
                *(lambda: array.astype("f2"), lambda: np.tile(array, 2), lambda: array.T.copy()),
                *(lambda: array.real.astype("i8"), lambda: set(array.reshape(-1).tolist())),
                *(lambda: [10**400, *array.reshape(-1).tolist()][: array.size], lambda: array + 0),
                lambda: dict(enumerate(array.reshape(-1).tolist())),
            ]
        )
        try:
            return changed()
        except (TypeError, ValueError, OverflowError):  # not of text, nor of whole numbers
            return rng.choice(STRANGE)


@dataclass
class Odd:
    """Answers some questions as the reference does, some almost so, and some in any way at all."""

    reference: Any
    rng: Random
    others: Sequence[Answer]
    work: StudentWork = field(default_factory=StudentWork)

    def get(self, name: str) -> Answer:
        return self._instead_of(self.reference.get(name))

    def call(self, name: str, cases: Sequence[Call]) -> list[Answer]:
        return list(map(self._instead_of, self.reference.call(name, cases)))

    def draw(self, name: str, cases: Sequence[Call] | None) -> list[Answer]:
        return list(map(self._instead_of, self.reference.draw(name, cases)))

    def _instead_of(self, right: Answer) -> Answer:
        way = self.rng.random()
        if way < 0.3:
            return right
        if way < 0.7 and isinstance(right, Returned):
            value = right.value
            for _ in range(self.rng.randrange(1, 3)):
                value = mutated(value, self.rng)
            return _answered(value)
        return self.rng.choice([*self.others, self.rng.choice(NO_VALUES)])


def _answered(value: Value) -> Answer:
    """Return what a session sends of a value, which may be too large for it."""
    (answer,) = LocalStudent({"f": lambda: value}).call("f", [Call()])
    return answer


def checks_of(folder: Path) -> list[tuple[PreparedExercise, PreparedCheck]]:
    preparation = prepare_course(load_course(folder))
    assert preparation.faults == ()
    return [(ready, check) for ready in preparation.exercises for check in ready.checks]


@pytest.fixture(scope="module")
def checks() -> list[tuple[PreparedExercise, PreparedCheck]]:
    found = checks_of(ROOT) + checks_of(ROOT / "docs" / "examples")
    kinds = {check.check.kind for _, check in found}
    assert {"plot", "python", "witness", "property", "quiz", "cost", "derivation"} <= kinds
    return found


ANSWERS = st.lists(
    st.one_of(
        st.builds(Returned, anything, st.lists(st.text(), max_size=2).map(tuple)),
        st.builds(Raised, st.text(), st.text(), st.lists(st.text(), max_size=3).map(tuple)),
        # By number, since hypothesis would print all of them.
        st.integers(0, len(STRANGE) - 1).map(lambda n: Returned(as_received(STRANGE[n]))),
        st.integers(0, len(NO_VALUES) - 1).map(lambda n: NO_VALUES[n]),
    ),
    min_size=1,
    max_size=3,
)


@counts(200)
def test_any_answer_to_any_check_gets_a_verdict(count, checks):
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, len(checks) - 1), st.integers(0, 2**32), ANSWERS, st.text(max_size=200))
    def answer(number, seed, others, text):
        ready, check = checks[number]
        reference = student_of_program(ready.exercise.reference, ready.given)
        cells = (WorkCell(index=0, kind="code", source=text, printed=text, displayed=text),)
        student = Odd(reference, Random(seed), others, StudentWork(cells, cells))
        used = sum(time_of_all())
        verdict = judge_within_bounds(check.check, check.prepared, student)
        assert isinstance(verdict, Verdict)
        assert verdict.message.replace("\n", "").isprintable()  # a derivation has lines
        assert verdict.brief.isprintable()
        name = check.check.name
        named = name_mistakes({name: verdict}, {name: check.check.subject}, ready.mistakes)
        assert named.keys() <= {name}
        assert sum(time_of_all()) - used < SLOW_S + 10, (check.check.name, seed)

    answer()


def time_of_all() -> tuple[float, float]:
    import resource

    return time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
