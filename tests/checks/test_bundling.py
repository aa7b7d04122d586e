"""What a student gets of a visible check judges as the check itself does."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from grader.checks.registry import all_kinds
from grader.checks.students.local import LocalStudent
from grader.guest.protocol.conversions import as_received
from tests.checks.scripted import check_of, context_of

DERIVATION = """\
  sum((y_i - y_hat_i)^2)
~ 1/n sum((y_i - y_hat_i)^2)"""

POINTS = {"n": {"integers": [2, 4]}, "w": {"normal": [0, 1], "shape": "n"}}


def slope(w):
    return 3 * np.asarray(w) ** 2


REFERENCE = {
    "cubes": lambda w: np.sum(np.asarray(w) ** 3),
    "slope": slope,
    "double": lambda x: 2 * np.asarray(x) if isinstance(x, list) else 2 * x,
    "root": math.sqrt,
    "best": {"a": 0.5, 1: np.array([1.0, 2.0])},
    "total": math.fsum,
    "total_of": lambda x, k: sum(x),
    "exact_total": lambda x: mpmath.fsum(x.tolist()),
    "derivation": DERIVATION,
}
WRONG = {
    "cubes": REFERENCE["cubes"],
    "slope": lambda w: 2 * slope(w),
    "double": lambda x: 3 * np.asarray(x) if isinstance(x, list) else 3 * x,
    "root": lambda x: x,
    "best": {"a": 0.5, 1: np.array([1.0, 2.5])},
    "total": lambda x: 1.1 * sum(x),
    "derivation": DERIVATION.replace("~", "="),
}
CHECKS = {
    "function": check_of(
        function="double",
        cases=[{"args": [2]}, {"kwargs": {"x": 0.5}, "expected": 1.0}],
        given={"n": {"integers": [1, 3]}, "x": {"normal": [0, 1], "shape": "n"}},
        trials=3,
        args=["x"],
        forms=["array", "list"],
        tolerance={"rtol": 1e-9},
    ),
    "value": check_of(value="best"),
    "raises": check_of(raises="root", cases=[{"args": [-1.0]}], accepts=[{"args": [2.0]}]),
    "stability": check_of(
        stability="total",
        truth="exact_total",
        over={"n": [1, 10, 100]},
        given={"x": {"uniform": [1, 2], "shape": "n"}},
    ),
    "gradient": check_of(
        gradient="slope", of="reference.cubes", wrt=["w"], given=POINTS, args=["w"]
    ),
    "gradient of the student's own": check_of(
        gradient="slope", of="cubes", wrt=["w"], given=POINTS, args=["w"], forms=["list", "array"]
    ),
    "gradient of a formula": check_of(
        gradient="slope", of="np.sum(w**3)", wrt=["w"], cases=[{"args": [[1.0, 2.0]]}], args=["w"]
    ),
    "derivation": check_of(
        derivation="derivation",
        symbols={"y": "data", "y_hat": "minimised", "n": "size"},
        start={"minimise": "sum((y_i - y_hat_i)^2)"},
        target="1/n sum((y_i - y_hat_i)^2)",
    ),
}


def in_a_notebook(check, prepared):
    """Return check and prepared as they come out of what a student gets."""
    keys = as_received({**check.keys_for_students(), "points": 1})
    again = type(check).model_validate(keys)
    return again, again.from_bundle(as_received(check.to_bundle(prepared)))


@pytest.mark.parametrize("kind", CHECKS)
def test_a_frozen_check_says_what_the_check_says(kind):
    check = CHECKS[kind]
    prepared = check.prepare(context_of(REFERENCE))
    again, thawed = in_a_notebook(check, prepared)
    assert again.judge(thawed, LocalStudent(REFERENCE)).passed
    told = again.judge(thawed, LocalStudent(WRONG))
    assert not told.passed
    if kind != "derivation":  # whose counterexample is at points of its own
        assert told.message == check.judge(prepared, LocalStudent(WRONG)).message


def test_a_derivation_is_frozen_without_the_seed_that_it_is_graded_with():
    check = CHECKS["derivation"]
    goals = [in_a_notebook(check, check.prepare(context_of(REFERENCE, seed=s)))[1] for s in (5, 6)]
    assert goals[0] == goals[1]
    assert check.to_bundle(check.prepare(context_of(REFERENCE))) == {}


@pytest.mark.parametrize("kind", CHECKS)
def test_what_is_frozen_is_plain_data(kind):
    check = CHECKS[kind]
    frozen = check.to_bundle(check.prepare(context_of(REFERENCE)))
    assert "Opaque" not in repr(as_received(frozen))


def test_points_of_many_numbers_are_left_out():
    keys = CHECKS["stability"].model_dump(by_alias=True, exclude_unset=True)
    keys |= {"points": 1, "over": {"n": [10, 20_000]}}
    check = all_kinds()["stability"].model_validate(keys)
    _, thawed = in_a_notebook(check, check.prepare(context_of(REFERENCE)))
    assert thawed.points == (10,)


def test_a_frozen_gradient_has_no_formula_of_ours():
    check = CHECKS["gradient of a formula"]
    assert "np.sum" not in repr(
        (check.keys_for_students(), check.to_bundle(check.prepare(context_of(REFERENCE))))
    )


LARGE = {
    "gradient": check_of(
        gradient="total_of",
        of="k * np.sum(x)",
        wrt=["k"],
        cases=[{"args": [[1.0] * 20_000, 2.0]}],
        args=["x", "k"],
    ),
    "function": check_of(function="double", cases=[{"args": [[1.0] * 20_000]}]),
    "value": check_of(value="best"),
    "raises": check_of(raises="root", exception="TypeError", cases=[{"args": [[1.0] * 20_000]}]),
    "stability": check_of(
        stability="total",
        truth="exact_total",
        over={"n": [20_000, 20_001]},
        given={"x": {"uniform": [1, 2], "shape": "n"}},
    ),
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_check_of_nothing_but_many_numbers_is_left_for_later(kind):
    reference = REFERENCE | {"best": {"a": np.ones(20_000)}}
    check = LARGE[kind]
    assert check.to_bundle(check.prepare(context_of(reference))) is None


@pytest.mark.parametrize(
    "keys",
    [
        {"property": "double(1) == 2"},
        {"witness": "best", "requires": [{"that": "len(best) == 2", "otherwise": "no"}]},
    ],
)
def test_a_check_that_needs_the_reference_is_left_for_later(keys):
    check = check_of(**keys)
    assert check.to_bundle(check.prepare(context_of(REFERENCE))) is None
    with pytest.raises(ValueError, match=f"`{check.kind}` cannot be in a bundle"):
        check.from_bundle({})


def test_a_gradients_points_are_refused_in_another_form():
    check = CHECKS["gradient of the student's own"]
    frozen = check.to_bundle(check.prepare(context_of(REFERENCE)))
    assert check.from_bundle(frozen).own == "cubes"
    point = frozen["points"][0]
    for spoilt in (
        {"values": point["values"].tolist()},
        {"values": point["values"][:1]},
        {"allowed": point["values"].astype(int)},
        {"allowed": point["values"].reshape(1, -1)},
        {"components": [{"argument": "w"}]},
        {"components": 5},
        {"form": "text"},
        {"sizes": [["w"]]},
        {"probes": point["probes"][1:], "places": point["places"][1:]},
        {"places": point["places"][1:]},
        {"call": 5},
    ):
        with pytest.raises(ValueError):
            check.from_bundle({**frozen, "points": [{**point, **spoilt}]})
    for spoilt in ({"own": 5}, {"points": 5}, {"tolerance": None}):
        with pytest.raises(ValueError):
            check.from_bundle({**frozen, **spoilt})
    with pytest.raises(ValueError, match="called at every point"):
        check.from_bundle({**frozen, "points": [{**point, "probes": [], "places": []}]})


TOLERANCE = {"rtol": 1e-6, "atol": 0.0, "nan_equal": False}
CALL = [[1], {}]


@pytest.mark.parametrize(
    ("kind", "frozen"),
    [
        ("function", None),
        ("function", {}),
        ("function", {"questions": [], "tolerance": TOLERANCE, "more": 1}),
        ("function", {"questions": [[CALL, 1, 2]], "tolerance": TOLERANCE}),
        ("function", {"questions": [["f", 1]], "tolerance": TOLERANCE}),
        ("function", {"questions": [[[1, {}], 1]], "tolerance": TOLERANCE}),
        ("function", {"questions": [[[[1], []], 1]], "tolerance": TOLERANCE}),
        ("function", {"questions": [[[[1], {1: 2}], 1]], "tolerance": TOLERANCE}),
        ("function", {"questions": [[CALL, 1]], "tolerance": {"rtol": "wide"}}),
        ("function", {"questions": 5, "tolerance": TOLERANCE}),
        ("value", {"expected": 1, "tolerance": 5}),
        ("raises", {"refused": [5], "accepted": []}),
        ("raises", {"refused": 5, "accepted": []}),
        ("stability", {"points": [1, 2], "questions": [[CALL, 1]], "tolerance": TOLERANCE}),
        ("stability", {"points": 5, "questions": 6, "tolerance": TOLERANCE}),
        ("derivation", {"seed": 1}),
        ("derivation", None),
    ],
)
def test_data_of_another_form_are_refused(kind, frozen):
    with pytest.raises(ValueError):
        CHECKS[kind].from_bundle(frozen)
