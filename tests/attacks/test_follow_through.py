"""Attacks on follow-through: functions that are made to fit each other, or to fit anything.

What an honest slip in the earlier exercise earns in the later one is the most that any pair of
functions may earn that is wrong in both. A pair that knows nothing of the task earns nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from grader.grading.grade import grade_submission
from grader.grading.preparation import prepare_course
from grader.results import SubmissionResult, for_student
from grader.sandbox.engine import Isolation
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings
from tests.attacks.arena import Paper
from tests.attacks.conftest import public_temporary_folder
from tests.attacks.exam import LIMITS
from tests.follow_through_course import RIGHT, SLIP, course

pytestmark = pytest.mark.strong

HONEST = 8.8
BEST = "best = 1\n"  # can be guessed, and is worth two points without any function


class Hall:
    """The course with one slip, and a sandbox."""

    def __init__(self, folder: Path) -> None:
        self.preparation = prepare_course(course(folder))
        settings = SandboxSettings.model_validate({"limits": LIMITS})
        self.sandbox = Sandbox(settings, Isolation.STRONG, hidden=(folder,))

    def sit(self, *cells: str) -> SubmissionResult:
        """Grade a notebook; no check of it may be an error."""
        result = grade_submission(self.preparation, Paper([dedent(c) for c in cells]), self.sandbox)
        assert result.status == "graded", result
        statuses = {check.status for each in result.exercises for check in each.checks}
        assert statuses <= {"pass", "fail"}
        return result

    def close(self) -> None:
        self.sandbox.close()


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    with public_temporary_folder() as folder, closing(Hall(folder)) as made:
        yield made


@pytest.fixture
def stopped(arenas: Callable[..., object], request: pytest.FixtureRequest) -> Callable[[], None]:
    """Note that an attack was stopped."""

    def tell() -> None:
        name = request.node.name.removeprefix("test_")
        proof = "test_an_honest_slip_earns_its_share"
        arenas.tell(name, "follow-through", "strong", proof)  # type: ignore[attr-defined]

    return tell


def shared(result: SubmissionResult) -> float:
    """Return the points that failed checks earned."""
    checks = [check for each in result.exercises for check in each.checks]
    return float(sum(check.points for check in checks if check.status == "fail"))


def test_an_honest_slip_earns_its_share(hall):
    assert float(hall.sit(RIGHT).score) == 12
    slip = hall.sit(SLIP)
    assert (float(slip.score), shared(slip)) == (HONEST, 4.8)


DEGENERATE = {
    "ones": ("np.ones(len(eps))", "1.0"),
    "zeros": ("np.zeros(len(eps))", "0.0"),
    "nan": ("np.full(len(eps), np.nan)", "float('nan')"),
    "infinite": ("np.full(len(eps), np.inf)", "float('inf')"),
    "echo": ("np.array(eps)", "float(np.prod(eps))"),
    "two_values": ("np.where(np.arange(len(eps)) > 0, 1.0, 2.0)", "2.0"),
    "by_length": ("np.full(len(eps), float(len(eps)))", "float(len(eps)) ** len(eps)"),
    "scalar": ("1.0", "1.0"),
    "text": ("'1'", "1.0"),
    "none": ("None", "1.0"),
    "handed_through": ("np.exp(-np.abs(eps))", "density(eps, mu, sigma)"),
    "first_of_it": ("np.exp(-np.abs(eps))", "float(density(eps, mu, sigma)[0])"),
    "rounded_away": ("1 + 1e-12 * np.arange(len(eps))", "1.0"),
}


@pytest.mark.parametrize("pair", DEGENERATE)
def test_a_pair_that_knows_nothing_earns_nothing(hall, stopped, pair):
    density, likelihood = DEGENERATE[pair]
    result = hall.sit(
        f"""
        import numpy as np
        def density(eps, mu, sigma): return {density}
        def likelihood(eps, mu, sigma): return {likelihood}
        {BEST}
        """
    )
    assert shared(result) == 0
    stopped()


ADAPTIVE = {
    "counts_its_calls": """
        calls = []
        def density(eps, mu, sigma):
            calls.append(1)
            return np.exp(-np.abs(eps)) * len(calls)
        def likelihood(eps, mu, sigma): return float(np.exp(-np.sum(np.abs(eps))))
        """,
    "rolls_dice": """
        import os
        def density(eps, mu, sigma): return np.frombuffer(os.urandom(len(eps)), "u1") / 256 + 1
        def likelihood(eps, mu, sigma): return 1.0
        """,
    "answers_by_the_clock": """
        import time
        def density(eps, mu, sigma): return np.exp(-np.abs(eps)) * time.perf_counter()
        def likelihood(eps, mu, sigma): return 1.0
        """,
    "answers_by_its_process": """
        import os
        def density(eps, mu, sigma): return np.exp(-np.abs(eps)) * os.getpid()
        def likelihood(eps, mu, sigma): return 1.0
        """,
    "changes_what_it_is_given": """
        def density(eps, mu, sigma):
            eps[:] = [1.0] * len(eps)
            return np.exp(-np.abs(eps)) * np.arange(1, len(eps) + 1)
        def likelihood(eps, mu, sigma): return 1.0
        """,
    "hangs": """
        def density(eps, mu, sigma):
            while True: pass
        def likelihood(eps, mu, sigma): return 1.0
        """,
    "dies": """
        import os
        def density(eps, mu, sigma): os._exit(0)
        def likelihood(eps, mu, sigma): return 1.0
        """,
    "fills_the_memory": """
        def density(eps, mu, sigma): return np.ones(10**9)
        def likelihood(eps, mu, sigma): return 1.0
        """,
    "lies": """
        class Lie(float):
            def __mul__(self, other): return 1.0
            def __eq__(self, other): return True
            __hash__ = float.__hash__
        def density(eps, mu, sigma): return [Lie(each) for each in eps]
        def likelihood(eps, mu, sigma): return Lie(1.0)
        """,
    "remembers_the_questions": """
        import json
        def density(eps, mu, sigma):
            try:
                return json.load(open("/tmp/notes"))[repr((list(eps), mu, sigma))]
            except (OSError, KeyError):
                return list(np.exp(-np.abs(eps)))
        def likelihood(eps, mu, sigma):
            try:
                notes = json.load(open("/tmp/notes"))
            except OSError:
                notes = {}
            answers = [1.0] * (len(eps) - 1) + [0.25]
            json.dump({**notes, repr((list(eps), mu, sigma)): answers}, open("/tmp/notes", "w"))
            return 0.25
        """,
}


@pytest.mark.parametrize("pair", ADAPTIVE)
def test_a_pair_that_adapts_earns_nothing(hall, stopped, pair):
    result = hall.sit("import numpy as np", ADAPTIVE[pair], BEST)
    assert shared(result) == 0
    stopped()


def test_a_pair_that_knows_the_product_earns_no_more_than_an_honest_slip(hall, stopped):
    result = hall.sit(
        """
        import numpy as np
        def wanted(eps, mu, sigma): return 0.5 + np.sin(np.sum(eps) + mu + sigma) / 3
        def density(eps, mu, sigma):
            some = np.exp(np.sin(np.arange(1.0, len(eps) + 1) * (mu + 2)))
            some[-1] = wanted(eps, mu, sigma) / np.prod(some[:-1])
            return some
        def likelihood(eps, mu, sigma): return float(wanted(eps, mu, sigma))
        """,
        BEST,
    )
    assert 0 < shared(result) <= 4.8
    assert float(result.score) <= HONEST
    stopped()


def test_a_right_function_below_is_no_excuse(hall, stopped):
    right_when_checked = """
        import numpy as np
        asked = []
        def density(eps, mu, sigma):
            asked.append(1)
            z = (np.asarray(eps) - mu) / sigma
            right = np.exp(-z**2 / 2) / (sigma * np.sqrt(2 * np.pi))
            return right if "likelihood_was_asked" not in globals() else right * 2
        def likelihood(eps, mu, sigma):
            global likelihood_was_asked
            likelihood_was_asked = True
            return float(np.prod(density(eps, mu, sigma)))
        """
    result = hall.sit(right_when_checked, BEST)
    assert result.exercises[0].status == "passed"
    assert shared(result) == 0
    stopped()


def test_what_the_references_asks_comes_home_in_nothing_that_a_student_reads(hall, stopped):
    result = hall.sit(
        SLIP
        + """
def density(eps, mu, sigma):
    raise type("Leak_" + "_".join(str(each) for each in eps), (Exception,), {})(str(list(eps)))
"""
    )
    inputs = [
        str(number)
        for check in hall.preparation.exercises[1].checks
        if check.check.name == "Random shots"
        for question in check.prepared.questions
        for number in question.call.args[0]
    ]
    assert inputs
    seen = for_student(result).model_dump_json()
    assert not any(number in seen for number in inputs)
    stopped()
