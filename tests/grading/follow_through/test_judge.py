"""One slip is paid for once, and nothing else is paid for less."""

from __future__ import annotations

import math
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from grader.checks.base import Check, failed, passed
from grader.checks.registry import all_kinds
from grader.checks.students.local import LocalStudent
from grader.course import load_course
from grader.errors import SandboxError
from grader.grading.follow_through import judge as follow_through
from grader.grading.follow_through import upstream
from grader.grading.grade import grade_submission
from grader.grading.preparation import prepare_course
from grader.guest.protocol.values import Call, TimedOut
from grader.sandbox.engine import Isolation
from grader.sandbox.sandbox import Sandbox
from tests.course.tiny import faults_of, write
from tests.follow_through_course import PRODUCT, RIGHT, SLIP, course, files
from tests.grading.test_grade import InProcess, Paper, Run


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    prepared = prepare_course(course(tmp_path_factory.mktemp("course")))
    assert prepared.faults == ()
    return prepared


class Forking:
    """An engine that runs the cells anew for every fork, as if each were one, and counts them."""

    def __init__(self, student=LocalStudent):
        self.student = student
        self.afresh = []

    def run_notebook(self, source):
        engine = self

        class Session:
            @contextmanager
            def open(self, harmless=None):
                engine.afresh.append(harmless is None)
                names = {}
                for cell in source.cells:
                    InProcess.run(0, cell, names)
                yield engine.student(names)

        @contextmanager
        def running():
            yield Run(Session(), [])

        return running()


def scored(ready, *cells, engine=None):
    result = grade_submission(ready, Paper(cells), engine or Forking())
    assert result.status == "graded"
    product = {check.name: check for check in result.exercises[-1].checks}
    return result, product


def earned(ready, *cells, **options):
    return float(scored(ready, *cells, **options)[0].exercises[-1].score)


def test_a_right_answer_is_asked_nothing_more(ready):
    engine = Forking()
    result, _ = scored(ready, RIGHT, engine=engine)
    assert result.score == 12
    assert engine.afresh == [False, False]


def test_a_slip_is_paid_for_once(ready):
    engine = Forking()
    result, product = scored(ready, SLIP, engine=engine)
    assert engine.afresh == [False, False, True, True]
    assert [float(exercise.score) for exercise in result.exercises] == [0, 8.8]
    assert result.exercises[1].status == "partial"
    shared = product["Three shots"]
    assert (shared.status, shared.points) == ("fail", Decimal("3.2"))
    told = "It is right given the answers of your own `density`: 80 % of the points."
    assert shared.message.endswith(f"2 of 2 cases fail. {told}")
    assert product["Random shots"].brief == f"`likelihood` gave a wrong answer. {told}"
    assert product["Likelihoods are positive"].status == "pass"


def test_a_real_session_is_asked_in_forks_of_its_own(ready):
    with Sandbox(ready.course.sandbox, Isolation.NONE) as sandbox:
        assert earned(ready, SLIP, engine=sandbox) == 8.8
        assert earned(ready, RIGHT, engine=sandbox) == 10
        assert earned(ready, RIGHT.replace("np.prod", "np.sum"), engine=sandbox) == 4


def test_a_variable_that_follows_from_a_slip_earns_its_share(ready):
    _, product = scored(ready, RIGHT.replace("np.asarray(eps) - mu", "np.asarray(eps) + mu"))
    assert product["The best of three"].points == Decimal("1.6")


def test_lines_of_a_figure_that_follow_from_a_slip_earn_their_share():
    bundled = load_course(Path(__file__).parents[3])
    ready = prepare_course(bundled, only=["normal_density", "candidate_curves"])
    density, curves = (bundled.exercises[name] for name in ("normal_density", "candidate_curves"))
    (slip,) = [known for known in density.mistakes if known.id == "sigma_for_variance"]
    cells = [path.read_text(encoding="utf-8") for path in (slip.program, curves.reference)]
    _, figures = scored(ready, *cells)
    followed = figures["The histogram and the curves"]
    assert (followed.status, followed.points) == ("fail", Decimal(2))
    wrong = cells[1].replace(
        "axes.plot(x, normal_pdf(x, mu, ", "axes.plot(x, normal_pdf(x, mu + 1, "
    )
    assert scored(ready, cells[0], wrong)[1]["The histogram and the curves"].points == 0


def test_a_second_slip_earns_nothing(ready):
    for other in ("np.sum", "2 * np.prod", "1 - np.prod"):
        _, product = scored(ready, SLIP.replace("np.prod", other))
        assert product["Three shots"].points == product["Random shots"].points == 0


def test_a_slip_in_an_answer_with_a_right_function_below_earns_nothing(ready):
    engine = Forking()
    assert earned(ready, RIGHT.replace("np.prod", "np.mean"), engine=engine) == 4
    assert engine.afresh == [False, False]


def test_an_earlier_exercise_that_is_not_graded_is_judged_by_its_answers_alone(ready, tmp_path):
    only = prepare_course(course(tmp_path), only=["product"])
    assert earned(only, SLIP) == 8.8
    engine = Forking()
    assert earned(only, RIGHT.replace("np.prod", "np.mean"), engine=engine) == 4
    assert engine.afresh == [True, True]


# What is no slip


def degenerate(body):
    """Return a notebook whose density has this body; its likelihood is the product of that."""
    head, tail = RIGHT.split("    z = ")[0], RIGHT.split("\n\n\n", 2)[-1]
    return f"{head}    {body}\n\n\nimport numpy as np\n\n\n{tail[tail.index('def likelihood') :]}"


@pytest.mark.parametrize(
    "body",
    [
        "return np.ones(len(eps))",
        "return np.zeros(len(eps))",
        "return np.full(len(eps), np.nan)",
        "return np.full(len(eps), np.inf)",
        "return np.asarray(eps)",
        "return np.where(np.asarray(eps) > mu, 0.25, 0.5)",
        "return 1.0",
        "return None",
        "return 'abc'",
        "raise ValueError",
        "eps[0] = 0; return np.exp(eps)",
        "return np.exp(-np.abs(eps)) * np.random.default_rng().uniform()",
        "global n; n = globals().get('n', 0) + 1; return np.exp(-np.abs(eps)) / n",
    ],
)
def test_a_function_that_is_no_slip_earns_nothing(ready, body):
    _, product = scored(ready, degenerate(body))
    for name in ("Three shots", "Random shots", "The best of three"):
        assert product[name].status == "pass" or product[name].points == 0, name


def test_a_missing_function_earns_nothing(ready):
    assert earned(ready, SLIP, "del density") == 2  # `best` was right before


def test_what_leads_to_too_many_questions_earns_nothing(ready, monkeypatch):
    monkeypatch.setattr(upstream, "_MOST_CALLS", 2)
    assert earned(ready, SLIP) == 4


def test_a_function_that_hangs_earns_nothing(ready):
    class Hanging(LocalStudent):
        def call(self, name, cases):
            hangs = name == "density" and len(cases) == 1
            return [TimedOut(1.0)] * len(cases) if hangs else super().call(name, cases)

    assert earned(ready, SLIP, engine=Forking(Hanging)) == 4


def test_a_sandbox_that_fails_is_nobodys_slip(ready):
    class Gone(LocalStudent):
        def call(self, name, cases):
            if name == "density" and len(cases) == 1:
                raise SandboxError("gone")
            return super().call(name, cases)

    result = grade_submission(ready, Paper([SLIP]), Forking(Gone))
    assert (result.status, result.reason) == ("error", "gone")


def test_a_reference_that_does_not_end_with_it_earns_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(follow_through, "_LIMIT_S", 0.3)
    texts = files()
    loop = "\nwhile likelihood([0.1, 0.2, 0.3], 0.0, 1.0) > 0.07:\n    likelihood = lambda *_: 1\n"
    texts["solutions/shots/product/reference.py"] += loop
    prepared = prepare_course(load_course(write(tmp_path, texts)))
    assert prepared.faults == ()
    assert earned(prepared, SLIP) == 4


def test_inputs_that_the_reference_refuses_now_earn_nothing(tmp_path):
    texts = files()
    guard = "    assert np.all(density(eps, mu, sigma) < 1)\n    return float"
    name = "solutions/shots/product/reference.py"
    texts[name] = texts[name].replace("    return float", guard)
    prepared = prepare_course(load_course(write(tmp_path, texts)))
    slip = RIGHT.replace("/ (sigma * np.sqrt(2 * np.pi))", "* 3")
    assert earned(prepared, slip) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("follow_through: 0.8", "follow_through: 1"), "this must be less than 1"),
        (("follow_through: 0.8", "follow_through: 0"), "this must be greater than 0"),
        (("builds_on: [density]\n", ""), "to follow through from: name it in `builds_on`"),
    ],
)
def test_a_share_that_cannot_be_earned_is_a_fault(tmp_path, change, message):
    texts = files() | {"exercises/shots/product.yaml": PRODUCT.replace(*change)}
    (fault,) = faults_of(write(tmp_path, texts))
    assert fault.key == "follow_through"
    assert message in fault.message


def test_checks_that_hang_on_no_earlier_function_are_a_fault(tmp_path):
    head, tail = PRODUCT[: PRODUCT.index("checks:")], PRODUCT[PRODUCT.index("  - property") :]
    product = head.replace("points: 10", "points: 2") + "checks:\n" + tail
    texts = files() | {"exercises/shots/product.yaml": product}
    (fault,) = faults_of(write(tmp_path, texts))
    assert "(`property`): use `function` or `value`" in fault.message


class OddCheck(Check):
    """A kind of somebody else's, which asks in ways that ours do not."""

    kind = "odd"
    odd: str
    about: str = "likelihood"

    @property
    def subject(self):
        return self.about

    def prepare(self, context):
        return context.reference["likelihood"]([0.5, 1.0], 0.0, 1.0)

    def without_listed_answers(self):
        return self

    def expected_values(self, prepared):
        return {"none": (), "other": ("text",) if prepared < 0.1 else (1.0,)}.get(
            self.odd, (prepared,)
        )

    def judge(self, prepared, student):
        if self.odd == "draws":
            student.draw("likelihood", None)
        assert student.work is not None
        asked = prepared if self.odd == "asks" else 1.0
        (answer,) = student.call("likelihood", [Call(([asked, 1.0], 0.0, 1.0))])
        right = math.isclose(answer.value, math.exp(-(asked**2 + 1) / 2) / (2 * math.pi))
        return passed() if right else failed("It is off.", brief="It is off.")


@pytest.mark.parametrize("odd", ["plain", "asks", "draws", "none", "other"])
def test_a_kind_that_cannot_be_judged_from_the_answers_earns_nothing(tmp_path, odd):
    product = PRODUCT.replace(
        "checks:\n", f"checks:\n  - {{odd: {odd}, about: likelihood, name: Odd, points: 1}}\n"
    ).replace("points: 10", "points: 11")
    texts = files() | {"exercises/shots/product.yaml": product}
    loaded = load_course(write(tmp_path, texts), {**all_kinds(), "odd": OddCheck})
    prepared = prepare_course(loaded)
    assert prepared.faults == ()
    _, checks = scored(prepared, SLIP)
    assert checks["Odd"].points == 0
    assert checks["Three shots"].points > 0


LOSS = """\
id: loss
title: A loss
unit: shots
points: 3
prompt: Take minus the logarithm of the likelihood.
defines: [loss]
builds_on: [product]
follow_through: 0.5
checks:
  - function: loss
    name: Random shots
    points: 3
    given: {eps: {normal: [0, 1], shape: 3}}
    trials: 3
"""
LOSS_REFERENCE = """\
import numpy as np


def loss(eps):
    return -np.log(likelihood(eps, 0.0, 1.0))
"""


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    texts = files() | {
        "exercises/shots/loss.yaml": LOSS,
        "solutions/shots/loss/reference.py": LOSS_REFERENCE,
    }
    listed = "exercises/course.yaml"
    texts[listed] = texts[listed].replace("product]", "product, loss]")
    prepared = prepare_course(load_course(write(tmp_path_factory.mktemp("three"), texts)))
    assert prepared.faults == ()
    return prepared


def test_a_slip_is_paid_for_once_however_much_is_built_on_it(three):
    result, checks = scored(three, SLIP, LOSS_REFERENCE)
    assert [float(exercise.score) for exercise in result.exercises] == [0, 8.8, 1.5]
    told = (
        "It is right given the answers of your own `density` and `likelihood`: 50 % of the points."
    )
    assert checks["Random shots"].message.endswith(told)


def test_a_slip_in_the_middle_is_blamed_on_the_middle(three):
    result, _ = scored(three, RIGHT.replace("np.prod(", "2 * np.prod("), LOSS_REFERENCE)
    assert [float(exercise.score) for exercise in result.exercises] == [2, 4, 1.5]
