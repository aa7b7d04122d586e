import numpy as np
import pytest

from grader.errors import CheckError
from grader.guest.protocol.values import Missing, Opaque
from tests.checks.scripted import Scripted, check_of, context_of, returning, verdict_of
from tests.refusals import refused


def kl(p, q):
    p, q = np.asarray(p, float), np.asarray(q, float)
    return float(np.sum(p * np.log(p / q)))


REFERENCE = {"kl": kl, "witness": ([0.5, 0.5], [0.9, 0.1]), "zero": 1e-3}
CHECK = check_of(
    witness="witness",
    unpack=["p", "q"],
    requires=[
        {
            "that": "is_distribution(p) and is_distribution(q)",
            "otherwise": "one is no distribution",
        },
        {"that": "len(p) == len(q)", "otherwise": "they differ in length"},
        {"that": "abs(kl(p, q) - kl(q, p)) > 0.01", "otherwise": "both directions are alike"},
    ],
)


@pytest.mark.parametrize(
    "value",
    [
        ([0.5, 0.5], [0.9, 0.1]),
        [(0.5, 0.5), (0.9, 0.1)],
        (np.array([0.5, 0.5]), [0.9, 0.1]),
        np.array([[0.5, 0.5], [0.9, 0.1]]),
        ([0.5, 0.25, 0.25], [0.125, 0.125, 0.75]),
    ],
)
def test_a_pair_in_any_style_passes(value):
    assert verdict_of(CHECK, REFERENCE, returning(value)).passed


@pytest.mark.parametrize(
    ("value", "index"),
    [
        (None, -1),
        (0.5, -1),
        ("pq", -1),
        ({"p": [0.5, 0.5], "q": [0.9, 0.1]}, -1),
        ({0.5, 0.9}, -1),
        (([0.5, 0.5],), -1),
        (([0.5, 0.5], [0.9, 0.1], []), -1),
        (Opaque("Pair", "x"), -1),
        (np.array(0.5), -1),
        ((0.5, 0.9), 0),
        (("HT", "TH"), 0),
        (([0.5, 0.4], [0.9, 0.1]), 0),
        (([1.5, -0.5], [0.9, 0.1]), 0),
        (([np.nan, 1.0], [0.9, 0.1]), 0),
        (([True, False], [0.9, 0.1]), 0),
        ((["0.5", "0.5"], [0.9, 0.1]), 0),
        (([], []), 0),
        (([[0.5, 0.5]], [[0.9, 0.1]]), 0),
        (([0.5, [0.5]], [0.9, 0.1]), 0),
        (([10**400, 1], [0.9, 0.1]), 0),
        ((Opaque("list", "[0.5, 0.5]"), [0.9, 0.1]), 0),
        ((None, None), 0),
        (([1.0], [0.5, 0.5]), 1),
        (([0.9, 0.1], [0.1, 0.9]), 2),
        (([0.5, 0.5], [0.5, 0.5]), 2),
        (([1.0, 0.0], [0.0, 1.0]), 2),
    ],
)
def test_the_first_requirement_that_is_not_met_is_told(value, index):
    verdict = verdict_of(CHECK, REFERENCE, returning(value))
    assert not verdict.passed
    assert verdict.evidence == (index,)
    told = "it is not a pair" if index == -1 else CHECK.requires[index].otherwise
    assert told in verdict.message
    assert verdict.brief == f"`witness`: {told}."


def test_a_failure_shows_the_object_and_what_it_misses():
    verdict = verdict_of(CHECK, REFERENCE, returning(([0.9, 0.1], [0.1, 0.9])))
    assert verdict.message == (
        "`witness` = ([0.9, 0.1], [0.1, 0.9]): both directions are alike "
        "(`abs(kl(p, q) - kl(q, p)) > 0.01` does not hold: left of `>` is 0, right is 0.01)."
    )


def test_it_is_judged_with_the_references_functions_not_the_students():
    spoilt = {"kl": lambda p, q: 0.0, "witness": ([0.5, 0.5], [0.9, 0.1])}
    saved = {"kl": lambda p, q: float(p[0]), "witness": ([0.9, 0.1], [0.1, 0.9])}
    assert verdict_of(CHECK, REFERENCE, spoilt).passed
    assert not verdict_of(CHECK, REFERENCE, saved).passed


def test_what_the_object_makes_a_requirement_raise_is_the_students():
    check = check_of(witness="w", requires=[{"that": "1 / w > 0", "otherwise": "w is 0"}])
    verdict = verdict_of(check, {"w": 1.0}, {"w": 0})
    assert verdict.message == "`w` = 0: w is 0 (`1 / w > 0` raises ZeroDivisionError)."
    assert not verdict_of(check, {"w": 1.0}, {"w": "a"}).passed


def test_an_object_without_parts_goes_by_its_own_name():
    check = check_of(
        witness="w", requires=[{"that": "sum(w) == reference.total", "otherwise": "wrong sum"}]
    )
    reference = {"w": [1, 2], "total": 3}
    assert verdict_of(check, reference, {"w": (3.0,)}).passed
    assert not verdict_of(check, reference, {"w": [3, 1]}).passed


def test_four_parts_are_asked_for_as_such():
    check = check_of(
        witness="w", unpack=["a", "b", "c", "d"], requires=[{"that": "a == 1", "otherwise": "no"}]
    )
    verdict = verdict_of(check, {"w": (1, 2, 3, 4)}, {"w": (1, 2)})
    assert verdict.message == "`w` = (1, 2): it is not a tuple of 4 (expected a, b, c, d)."


def test_a_missing_object_is_evidence_of_nothing():
    verdict = verdict_of(CHECK, REFERENCE, Scripted(Missing("witness")))
    assert verdict.message == "`witness` is not defined."
    assert verdict.brief == "`witness` is not defined."
    assert verdict.evidence == ()


@pytest.mark.parametrize(
    ("witness", "message"),
    [
        ({"witness": ([0.5, 0.5], [0.5, 0.5])}, "does not pass: both directions are alike"),
        ({"witness": 3}, "does not pass: it is not a pair"),
        ({}, "The reference fails: `witness` is not defined"),
    ],
)
def test_a_check_that_its_reference_does_not_bear_out_is_at_fault(witness, message):
    with pytest.raises(CheckError, match=message):
        CHECK.prepare(context_of({"kl": kl} | witness))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"requires": []}, "requires: this list must not be empty"),
        ({"requires": [{"that": "p ="}]}, "not a Python expression"),
        ({"requires": [{"that": "p == 1"}]}, "otherwise"),
        ({"requires": [{"that": "p == 1", "otherwise": "x"}], "unpack": ["1p"]}, "not a Python"),
    ],
)
def test_a_check_that_makes_no_sense_is_refused_when_it_is_loaded(keys, message):
    with refused(message):
        check_of(witness="w", **keys)


def test_the_subject_is_the_variable():
    assert CHECK.subject == "witness"
