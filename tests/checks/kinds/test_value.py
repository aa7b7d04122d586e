import numpy as np
import pytest

from grader.errors import CheckError
from grader.guest.protocol.values import Died, Missing, Opaque, Raised
from tests.checks.scripted import Scripted, check_of, context_of, returning, verdict_of

TABLE = {0.1: 0.009, 0.3: 0.063}


@pytest.mark.parametrize("actual", [2 / 3, np.float64(2 / 3), 0.6667, np.array(0.666)])
def test_a_number_within_the_tolerance_passes(actual):
    check = check_of(value="best_p", tolerance={"atol": 0.001, "rtol": 0.0})
    assert verdict_of(check, {"best_p": 2 / 3}, {"best_p": actual}).passed


@pytest.mark.parametrize("actual", [0.5, "0.6667", True, None, [2 / 3], np.nan, Opaque("a", "b")])
def test_anything_else_fails(actual):
    check = check_of(value="best_p", tolerance={"atol": 0.001})
    assert not verdict_of(check, {"best_p": 2 / 3}, returning(actual)).passed


def test_a_mapping_is_compared_key_by_key():
    check = check_of(value="table", expected={0.1: 0.009, 0.3: 0.063}, tolerance={"atol": 0.0005})
    rounded = {np.float64(0.1): 0.0091, 0.1 + 0.2: np.float64(0.063)}
    assert verdict_of(check, {"table": TABLE}, {"table": rounded}).passed
    verdict = verdict_of(check, {"table": TABLE}, {"table": {0.1: 0.009}})
    assert verdict.message == "`table` lacks the key 0.3."
    assert verdict.brief == "`table` gives an answer with the wrong keys."


def test_a_failure_shows_expected_and_got_and_is_evidence():
    verdict = verdict_of(check_of(value="x"), {"x": 0.5}, {"x": 0.25})
    assert verdict.message == "`x` is 0.25, expected 0.5 (off by 50 %)."
    assert verdict.brief == "`x` gives a wrong value."
    assert verdict.evidence == (0.25,)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Missing("x"), "`x` is not defined."),
        (Raised("ValueError", "a"), "`x` raised ValueError: a."),
        (Died("signal 9"), "`x` gave no answer: signal 9."),
    ],
)
def test_no_value_fails_with_its_reason(answer, message):
    verdict = verdict_of(check_of(value="x"), {"x": 0.5}, Scripted(answer))
    assert verdict.message == message
    assert not verdict.passed


@pytest.mark.parametrize(
    ("reference", "keys", "message"),
    [
        ({"y": 1}, {}, "The reference fails: `x` is not defined"),
        ({"x": 1}, {"expected": 2}, "disagrees with `expected`: `x` is 1, expected 2"),
        ({"x": np.nan}, {}, "No answer could be right"),
        ({"x": 1}, {"tolerance": {"atol": 1.0}}, "accepts 0 where 1 is expected"),
    ],
)
def test_a_check_that_its_reference_does_not_bear_out_is_at_fault(reference, keys, message):
    with pytest.raises(CheckError, match=message):
        check_of(value="x", **keys).prepare(context_of(reference))


def test_the_subject_is_the_variable():
    assert check_of(value="x").subject == "x"
