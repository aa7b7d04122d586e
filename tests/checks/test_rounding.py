"""A right 0 passes although the reference has rounding noise there; nothing else does for it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.instrument import NAME, instrumented
from grader.checks.noise import Noise
from grader.checks.rounding import Rounding
from grader.checks.slack import Other, may_be_noise, slack_among
from grader.checks.students.local import LocalStudent
from grader.compare import Tolerance, agree, compare
from grader.guest.protocol.conversions import as_received
from grader.guest.protocol.values import Call
from tests.checks.scripted import check_of, context_of, verdict_of

PROGRAM = """
import math
from dataclasses import dataclass
import numpy as np

def center(x):
    x = np.asarray(x, float)
    return x - x.mean()

def center_in_place(x):
    x = np.array(x, float)
    x -= np.sum(x) / len(x)
    return x

def gradient(w, X, y):
    return 2 * X.T @ (X @ w - y)

def corr(x, y):
    return float(np.corrcoef(x, y)[0, 1])

def dot(u, v):
    total = 0.0
    for one, other in zip(u, v):
        total += one * other
    return total

def wave(t):
    return math.sin(t)

def half_turns(n):
    return math.sin(n * math.pi)

def half_turn():
    return np.sin(np.pi)

def entropy_difference(p, q):
    def entropy(p):
        return -sum(each * math.log(each) for each in p if each > 0)
    return entropy(p) - entropy(q)

def log_of_product(a, b):
    return math.log(a * b) - math.log(a) - math.log(b)

def kl(p, q):
    return float(np.sum(np.asarray(p) * np.log(np.asarray(p) / np.asarray(q))))

def table(x):
    return {"x": center(x), "parts": [(center(x)[1], len(x)), "text"]}

def roots(b):
    return np.array([b - 0.3, b]) + 0j

def likelihood(p):
    return float(np.prod(p))

def heads(k, n, p):
    return p**k * (1 - p) ** (n - k)

def coins(p):
    p = np.asarray(p, float)
    return p * p * (1 - p)

def from_logs(p):
    return math.exp(sum(math.log(each) for each in p))

def softmax(z):
    z = np.asarray(z, float)
    e = np.exp(z - z.max())
    return e / e.sum()

def tail(z):
    return math.erfc(z / math.sqrt(2)) / 2

def step(x):
    return 1e-9 if x == 0.3 else 0.0

def picky(x):
    if x != 0.3:
        raise ValueError("0.3 is wanted")
    return -2.8e-17

def whole(n):
    return sum(range(n)) - n * (n - 1) // 2

def truth(x):
    return x - x == 0

def floored(x):
    return math.floor(3 * x) / 1e9

shifted = np.array([0.1, 0.2, 0.3]) - np.mean([0.1, 0.2, 0.3])
half = np.sin(np.pi)
grid = np.linspace(0, 1, 11) ** 30
posterior = {"p": grid / grid.sum(), "evidence": 1e-30}
"""


def rerun(rounding):
    names = {NAME: rounding}
    exec(compile(instrumented(PROGRAM), "reference.py", "exec"), names)
    return names


NAMES = {}
exec(PROGRAM, NAMES)
REFERENCE = {name: value for name, value in NAMES.items() if not name.startswith("__")}
CONTEXT = replace(context_of(REFERENCE, defines=("center",)), rerun=rerun)
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 3)), RNG.normal(size=20)
MINIMUM = np.linalg.lstsq(X, Y, rcond=None)[0]

CANCELLING = [
    ("center", ([0.1, 0.2, 0.3],), np.array([-0.1, 0.0, 0.1])),
    ("center", ([0.1, 0.2, 0.3],), np.array([-0.1, 1e-17, 0.1])),
    ("center", ([1, 2, 3],), np.array([-1.0, 1e-17, 1.0])),
    ("center_in_place", ([1.0, 2.0, 3.0],), [-1.0, -2e-16, 1.0]),
    ("gradient", (MINIMUM, X, Y), np.zeros(3)),
    ("corr", ([-1, 0, 1], [0.1, -0.2, 0.1]), 1e-17),
    ("corr", ([-1, 0, 1], [1, -2, 1]), -1e-17),
    ("dot", ([0.6, 0.8], [-0.8, 0.6]), 1e-17),
    ("dot", ([0.1, 0.2, 0.3], [0.3, 0.0, -0.1]), 0),
    ("wave", (math.pi,), 0.0),
    ("half_turns", (1,), 0.0),
    ("half_turns", (3,), 0),
    ("half_turn", (), 0.0),
    ("entropy_difference", ([0.2, 0.8], [0.8, 0.2]), 1e-17),
    ("log_of_product", (2.0, 3.0), 0.0),
    ("log_of_product", (2, 3), 1e-16),
    ("kl", ([0.1, 0.2, 0.7], [0.1, 0.2, 0.7]), 1e-17),
    ("table", ([0.1, 0.2, 0.3],), {"x": [-0.1, 0, 0.1], "parts": [(0.0, 3), "text"]}),
    ("roots", (0.1 * 3,), [0, 0.3]),
]


def asked(name, args):
    """Return what the reference answers, and its slack."""
    call = Call(args)
    (answer,) = LocalStudent(REFERENCE).call(name, [call])
    return answer.value, Noise(CONTEXT, Tolerance()).of_call(name, call, answer.value)


@pytest.mark.parametrize(("name", "args", "right"), CANCELLING)
def test_a_right_zero_passes_whatever_noise_the_reference_has(name, args, right):
    expected, slack = asked(name, args)
    assert slack is not None
    assert compare(right, expected, slack=slack) is None
    assert agree(right, expected, slack=slack)
    assert compare(expected, expected, slack=slack) is None


@pytest.mark.parametrize(("name", "args", "right"), CANCELLING)
def test_what_is_no_rounding_does_not_pass(name, args, right):
    expected, slack = asked(name, args)
    for off in (1e-9, -1e-6, 0.5):
        wrong = (
            {**right, "x": np.asarray(right["x"]) + off}
            if isinstance(right, dict)
            else np.asarray(right) + off
        )
        assert compare(wrong, expected, slack=slack) is not None
        assert not agree(wrong, expected, slack=slack)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("likelihood", ([1e-3] * 4,)),
        ("likelihood", ([1e-100] * 3,)),
        ("likelihood", ([0.5, 0.0],)),
        ("likelihood", ([1e-160, 1e-160],)),
        ("heads", (30, 50, 0.1)),
        ("heads", (300, 500, 0.25)),
        ("heads", (2, 3, 1.0)),
        ("coins", ([0.0, 0.25, 0.75, 1.0],)),
        ("from_logs", ([0.01] * 20,)),
        ("softmax", ([0, 50, 1000],)),
        ("tail", (7.0,)),
        ("kl", ([1.0, 0.5], [0.5, 0.25])),
        ("step", (0.3,)),
        ("picky", (0.3,)),
        ("whole", (10,)),
        ("truth", (0.1,)),
        ("floored", (1 / 3,)),
    ],
)
def test_a_true_small_number_and_what_branches_get_no_slack(name, args):
    expected, slack = asked(name, args)
    assert slack is None
    if name == "likelihood" and expected:
        assert compare(2 * expected, expected, slack=slack) is not None


@pytest.mark.parametrize("off", [1.001, 2, 0])
def test_a_small_likelihood_beside_large_ones_does_not_pass_whatever_it_is(off):
    expected, slack = asked("softmax", ([0, -40, -700],))
    wrong = expected * np.array([1, off, 1])
    assert compare(wrong, expected, slack=slack) is not None


def test_a_bundle_keeps_what_is_zero_up_to_rounding():
    for keys, name, right, wrong in [
        (
            {"function": "center", "cases": [{"args": [[0.1, 0.2, 0.3]]}]},
            "center",
            lambda x: [-0.1, 0, 0.1],
            lambda x: [-0.1, 1e-9, 0.1],
        ),
        ({"value": "shifted"}, "shifted", [-0.1, 0, 0.1], [-0.1, 1e-9, 0.1]),
    ]:
        check = check_of(**keys, visible=True)
        frozen = as_received(check.to_bundle(check.prepare(CONTEXT)))
        thawed = check.from_bundle(frozen)
        assert check.judge(thawed, LocalStudent({name: right})).passed
        assert not check.judge(thawed, LocalStudent({name: wrong})).passed


def test_a_bundle_of_before_has_no_slack_and_a_wrong_one_is_refused():
    check = check_of(function="center", cases=[{"args": [[0.1, 0.2, 0.3]]}])
    frozen = check.to_bundle(check.prepare(CONTEXT))
    call, expected, _ = frozen["questions"][0]
    before = check.from_bundle({**frozen, "questions": [[call, expected]]})
    assert before.questions[0].slack is None
    for odd in (1.0, [0.0] * 3, np.zeros(2), np.zeros(3, int), "a", {"a": 0.0}):
        with pytest.raises(ValueError, match="a slack must have the form of the expected value"):
            check.from_bundle({**frozen, "questions": [[call, expected, odd]]})
    check = check_of(value="table")
    table = {"value": [{"a": 0.0}, 3]}
    for odd in ([], {"value": []}, {"value": [{"a": 0.0}, "b"]}, {"value": [{"b": 0.0}, 0.0]}):
        with pytest.raises(ValueError, match="a slack must have the form"):
            check.from_bundle({"expected": table, "tolerance": {}, "slack": odd})
    good = {"value": [{"a": 1e-15}, 0.0]}
    assert check.from_bundle({"expected": table, "tolerance": {}, "slack": good}).slack == good
    assert check.from_bundle({"expected": table, "tolerance": {}}).slack is None


def test_only_what_cancels_has_slack():
    expected, slack = asked("table", ([0.1, 0.2, 0.3],))
    assert slack["x"][0] == slack["x"][2] == 0
    assert 0 < slack["x"][1] < 1e-14
    assert slack["parts"][0][1] == slack["parts"][1] == 0
    wrong = {**expected, "parts": [(0.0, 4), "text"]}
    assert "differs at 1 of 6 places: at ['parts'][0][1]" in str(
        compare(wrong, expected, slack=slack)
    )


def test_a_message_says_that_a_number_is_zero_up_to_rounding():
    keys = {"function": "center", "cases": [{"args": [[0.1, 0.2, 0.3]]}]}
    check = check_of(**keys)
    prepared = check.prepare(CONTEXT)
    verdict = check.judge(prepared, LocalStudent({"center": lambda x: [-0.1, 0.5, 0.2]}))
    assert "expected 0 up to rounding, got 0.5 (off by 0.5)" in verdict.message
    assert check.judge(prepared, LocalStudent({"center": lambda x: [-0.1, 0, 0.1]})).passed


# Values of a program, which has no inputs


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("shifted", [-0.1, 0, 0.1], [-0.1, 1e-10, 0.1]),
        ("half", 0.0, 1e-10),
        ("half", np.sin(np.pi), -0.5),
    ],
)
def test_a_variable_of_the_reference_is_worked_out_anew(name, right, wrong):
    check = check_of(value=name)
    prepared = check.prepare(CONTEXT)
    assert check.judge(prepared, LocalStudent({name: right})).passed
    verdict = check.judge(prepared, LocalStudent({name: wrong}))
    assert "expected 0 up to rounding" in verdict.message


@pytest.mark.parametrize("name", ["grid", "posterior"])
def test_small_likelihoods_of_a_program_get_no_slack(name):
    assert Noise(CONTEXT, Tolerance()).of_variable(name, REFERENCE[name]) is None
    check = check_of(value="posterior")
    wrong = {**REFERENCE["posterior"], "evidence": 2e-30}
    assert not check.judge(check.prepare(CONTEXT), LocalStudent({"posterior": wrong})).passed


def test_a_program_that_runs_only_as_it_is_has_no_slack():
    def stubborn(_):
        raise ValueError

    context = replace(CONTEXT, rerun=stubborn)
    assert Noise(context, Tolerance()).of_variable("shifted", REFERENCE["shifted"]) is None


# Tolerances that an author states


def test_an_atol_of_zero_that_is_stated_adds_no_slack():
    for tolerance in ({"atol": 0.0}, {"rtol": 0.0}):
        check = check_of(value="shifted", tolerance=tolerance)
        prepared = check.prepare(CONTEXT)
        assert prepared.slack is None
        assert not check.judge(prepared, LocalStudent({"shifted": [-0.1, 0, 0.1]})).passed


def test_an_atol_is_no_more_vacuous_for_noise_than_for_zero():
    for keys in ({"value": "shifted"}, {"value": "shifted", "tolerance": {"atol": 1e-9}}):
        check = check_of(**keys)
        prepared = check.prepare(CONTEXT)
        assert check.judge(prepared, LocalStudent({"shifted": [-0.1, 0, 0.1]})).passed
    assert not check.judge(prepared, LocalStudent({"shifted": [-0.1, 1e-8, 0.1]})).passed
    assert prepared.slack.max() <= 1e-9


def test_what_an_author_lists_has_no_slack():
    check = check_of(function="half", cases=[{"args": [0.0], "expected": 0.0}])
    reference = {"half": lambda x: (x + 0.1) - 0.1}
    assert verdict_of(check, reference, reference).passed
    assert not verdict_of(check, reference, {"half": lambda x: 1e-17}).passed


# Claims, gradients and functions of an author's


def test_a_claim_about_what_cancels_holds_for_right_answers():
    reference = {"odd": lambda x: np.sin(np.asarray(x) * 1.0)}
    check = check_of(
        property="odd(x) + odd(-x) == 0 * x != odd(x)",
        given={"x": {"uniform": [0.1, 3.0], "shape": 4}},
        trials=5,
    )

    def right(x):
        x = np.asarray(x)
        return np.where(x < 0, np.nextafter(np.sin(x), 1), np.sin(x))

    assert verdict_of(check, reference, {"odd": right}).passed
    assert not verdict_of(check, reference, {"odd": lambda x: np.sin(x) + 1e-9}).passed


@pytest.mark.parametrize(
    "claim",
    [
        "center(x)[1] == 0",
        "center(x) == reference.center(x)",
        "abs(center(x)[1]) <= 0",
        "sum(center(x)) == 0",
        "all(each == 0 for each in [center(x)[1], 0.0])",
        "max(center(x)) + min(center(x)) >= 0",
    ],
)
def test_a_claim_takes_noise_of_the_reference_for_what_it_is(claim):
    check = check_of(property=claim, given={"x": {"constant": [0.1, 0.2, 0.3]}}, trials=1)
    prepared = check.prepare(CONTEXT)
    for right in (
        [-0.1, 0, 0.1],
        np.array([-0.1, 1e-17, 0.1]),
        REFERENCE["center"]([1, 2, 3]) / 10,
    ):
        student = LocalStudent({"center": lambda _, right=right: right})
        assert check.judge(prepared, student).passed
    wrong = LocalStudent({"center": lambda _: [-0.1 - 2e-9, 1e-9, 0.1 - 2e-9]})
    assert not check.judge(prepared, wrong).passed


def test_a_claim_about_small_likelihoods_is_as_sharp_as_before():
    reference = {"f": lambda p: float(np.prod(p))}
    check = check_of(
        property="f(p) == reference.f(p)", given={"p": {"uniform": [1e-4, 1e-3], "shape": 5}}
    )
    assert verdict_of(check, reference, reference).passed
    assert not verdict_of(check, reference, {"f": lambda p: float(np.prod(p)) * 1.00001}).passed


def test_a_gradient_at_a_minimum_may_be_zero():
    def slope(w):
        return 2 * (w - 0.3) - 2 * (0.1 - (0.4 - 0.3))

    check = check_of(
        gradient="slope",
        of="(w - 0.3)**2",
        wrt=["w"],
        cases=[{"args": [0.3]}, {"args": [1.5]}],
        args=["w"],
    )
    reference = {"slope": slope}
    assert slope(0.3) != 0
    right = {"slope": lambda w: 2 * (w - 0.3)}
    assert verdict_of(check, reference, right).passed
    wrong = verdict_of(check, reference, {"slope": lambda w: 2 * (w - 0.3) + (w < 1) * 1e-6})
    assert "expected 0 up to rounding" in wrong.message


def test_a_function_of_an_authors_sees_noise_as_the_reference_has_it():
    def close(student, reference, rng):
        np.testing.assert_allclose(
            student.center([0.1, 0.2, 0.3]), reference.center([0.1, 0.2, 0.3])
        )

    check = check_of(python="close", about="center")
    prepared = check.prepare(replace(CONTEXT, authored={"close": close}))
    assert check.judge(prepared, LocalStudent({"center": lambda x: [-0.1, 0, 0.1]})).passed
    assert not check.judge(prepared, LocalStudent({"center": lambda x: [-0.1, 1e-9, 0.1]})).passed


def test_a_mistake_is_known_by_its_answers_noise_aside():
    check = check_of(function="center", cases=[{"args": [[0.1, 0.2, 0.3]]}])
    prepared = check.prepare(CONTEXT)
    one, other = (
        check.judge(prepared, LocalStudent({"center": lambda x, zero=zero: [-1.0, zero, 1.0]}))
        for zero in (0.0, 3e-17)
    )
    assert one.evidence[0] == other.evidence[0]


def test_follow_through_asks_a_student_no_more_than_without_it():
    calls = []
    reference = {"center": lambda x: calls.append(x) or REFERENCE["center"](x)}
    check = check_of(function="center", cases=[{"args": [[0.1, 0.2, 0.3]]}])
    check.prepare(replace(context_of(reference), rounds=0))
    assert len(calls) == 1


def test_the_slack_is_the_same_each_time():
    check = check_of(function="center", given={"x": {"normal": [0, 1], "shape": 3}}, trials=20)
    keys = {"function": "center", "cases": [{"args": [[0.1, 0.2, 0.3]]}, {"args": [[1, 2, 3]]}]}
    for each in (check, check_of(**keys)):
        one, other = (each.prepare(CONTEXT).questions for _ in range(2))
        for first, second in zip(one, other, strict=True):
            assert repr(first.slack) == repr(second.slack)
    assert all(question.slack is not None for question in one)


def test_an_answer_of_ordinary_size_costs_no_further_call():
    calls = []
    reference = {"f": lambda x: calls.append(x) or 2.0 * x}
    check_of(function="f", given={"x": {"uniform": [1, 2]}}, trials=20).prepare(
        context_of(reference)
    )
    assert len(calls) == 20


# The parts


@given(st.floats(1e-300, 1e300), st.integers(0, 2**128))
def test_a_number_is_rounded_by_its_last_bit(value, seed):
    rounded = Rounding(seed)(value)
    assert rounded != value
    assert abs(rounded - value) <= 2**-51 * value


def test_rounding_is_the_same_for_a_seed_and_leaves_all_but_floats():
    value = [0.1, 3, True, "a", None, {"x": (np.array([0.1, 0.2]), np.arange(3))}, 1 + 0.1j]
    one, other = (Rounding(5).input(value, "inexact") for _ in range(2))
    assert repr(one) == repr(other)
    assert one[1:5] == value[1:5]
    assert one[0] != 0.1
    assert type(Rounding(1).input([2], "most")[0]) is float
    assert Rounding(1).input([1, 0.0], "most") == [1, 0]
    assert Rounding(1).input((1, 0), "most") == (1, 0)
    assert Rounding(1).input([1, -1.0], "most") != [1, -1]
    assert Rounding(1).input(1, "all") != 1
    assert Rounding(1)(np.float32(0.1)).dtype == np.float32
    assert Rounding(1)(np.array(["a"]))[0] == "a"
    assert Rounding(1)(math.inf) == math.inf


@pytest.mark.parametrize(
    ("expected", "inputs", "doubtful"),
    [
        (0.5, [1.0], False),
        (1e-9, [1.0], True),
        (0.5, [1e9], True),
        (0, [1.0], False),
        ("a", [], False),
        ({"a": [0.5, 0.0]}, [], True),
        (math.nan, [1.0], False),
    ],
)
def test_only_what_is_far_smaller_than_its_surroundings_may_be_noise(expected, inputs, doubtful):
    assert may_be_noise(expected, inputs) is doubtful


@pytest.mark.parametrize(
    "other",
    [[0.1, 0], [0.1], [0.1, math.nan], (0.1, 0.0), [0.1, 0.1], ["a", 0.0], {"a": 1}, None],
)
def test_a_run_that_gives_something_else_says_nothing(other):
    assert slack_among([0.1, 0.0], [Other(other, 1.0)], 1e-6, math.inf) is None
    others = [Other(other, 1.0), Other([0.1, 1e-17], 1.0)]
    slack = slack_among([0.1, 0.0], others, 1e-6, math.inf)
    assert slack[0] == 0
    assert 1e-16 < slack[1] < 4e-16


def test_an_instrumented_program_does_what_the_program_does():
    source = '''
from __future__ import annotations
import functools, math
import numpy as np
from dataclasses import dataclass

@dataclass(frozen=True)
class Point:
    x: float = 0.1
    def size(self) -> float | None:
        """The size."""
        return abs(self.x * 2)

class Child(Point):
    def size(self):
        return super().size() + 1

class Box:
    def __init__(self):
        self.w = np.zeros(3)
        self.w[0] = 0.5
        self.items = [3, 1, 2]
        self.items.sort()
    def fill(self):
        self.w[1:] += 0.25
        self.w.sort()
        return self.w

@functools.cache
def cached(n: int = 3, *, m: float = 0.1) -> float:
    return n * m

def kind(value):
    match value:
        case -1: return "minus one"
        case 0.1: return "tenth"
        case Point(x=0.1): return "point"
        case {"a": x} if x + 1 > 2: return "dict"
        case _: return "other"

def loop():
    total, out = 0.0, []
    for index, (one, other) in enumerate(zip([0.1, 0.2], [1, 2])):
        total += one * other
        out.append(f"{index + 1}: {one:.3f}")
    while total > 0.4:
        total -= 0.1
    del out[0]
    return round(total, 6), out, [x * 2 for x in (1, 2) if x % 2], (lambda a, b=0.1: a + b)(1)

def rows(a):
    a = np.array(a)
    a[0], a[1] = a[1].copy(), a[0].copy()
    a.T[0, 1] = -1.0
    return a.reshape(-1)[:2].tolist()

x: float = 0.25
async def later():
    async for _ in never(): pass
    return await never()
global_box = Box().fill()
'''
    plain, other = {}, {NAME: Rounding(3)}
    exec(compile(source, "plain", "exec"), plain)
    exec(compile(instrumented(source), "other", "exec"), other)
    for name, args in [
        ("loop", ()),
        ("cached", ()),
        ("kind", (-1,)),
        ("kind", (0.1,)),
        ("kind", ({"a": 2},)),
        ("rows", ([[1.0, 2.0], [3.0, 4.0]],)),
    ]:
        found, wanted = other[name](*args), plain[name](*args)
        assert compare(found, wanted, Tolerance(rtol=1e-12)) is None
    for names in (plain, other):
        assert names["Child"]().size() == pytest.approx(1.2)
        assert names["global_box"].tolist() == pytest.approx([0.25, 0.25, 0.5])
        assert names["Box"]().items == [1, 2, 3]
