import mpmath
import numpy as np
import pytest

from grader.errors import CheckError
from tests.checks.scripted import NOTHING, check_of, context_of, verdict_of
from tests.refusals import refused


def nll(p):
    return float(-np.sum(np.log(p)))


def exact_nll(p):
    return -mpmath.fsum(mpmath.log(mpmath.mpf(float(x))) for x in p)


def of_product(p):
    return float(-np.log(np.prod(p)))


REFERENCE = {"nll": nll, "exact_nll": exact_nll, "half": lambda x: x / 2}
CHECK = check_of(
    stability="nll",
    truth="exact_nll",
    over={"n": [1, 10, 100, 5000]},
    given={"p": {"uniform": [0.1, 0.9], "shape": "n"}},
    tolerance={"rtol": 1e-12},
)


def test_a_stable_answer_holds_everywhere():
    assert verdict_of(CHECK, REFERENCE, REFERENCE).passed
    assert CHECK.subject == "nll"


def test_the_report_says_where_it_holds_and_where_it_first_breaks():
    verdict = verdict_of(CHECK, REFERENCE, {"nll": of_product})
    assert verdict.message.startswith(
        "`nll` holds from n = 1 to n = 100 and breaks at n = 5000: nll(...) is inf, expected "
    )
    assert verdict.brief == "`nll` does not stay accurate over the whole range."
    assert verdict.evidence[0] == "1110"
    assert len(verdict.evidence) == 5


def broken_at(*sizes):
    return lambda p: 0.0 if len(p) in sizes else nll(p)


@pytest.mark.parametrize(
    ("answer", "start"),
    [
        (broken_at(1, 10, 100, 5000), "`nll` breaks at n = 1, the first point: nll(...) is 0, exp"),
        (broken_at(10, 100, 5000), "`nll` holds at n = 1 and breaks at n = 10:"),
        (broken_at(100, 5000), "`nll` holds from n = 1 to n = 10 and breaks at n = 100:"),
    ],
)
def test_a_break_is_placed_on_the_axis(answer, start):
    verdict = verdict_of(CHECK, REFERENCE, {"nll": answer})
    assert verdict.message.startswith(start)
    assert "again" not in verdict.message


def test_a_gap_is_told():
    verdict = verdict_of(CHECK, REFERENCE, {"nll": broken_at(10)})
    assert verdict.message.endswith("It holds again at 2 of the points after that.")
    assert verdict.evidence[0] == "1011"


def test_a_missing_function_is_evidence_of_nothing():
    verdict = verdict_of(CHECK, REFERENCE, NOTHING)
    assert "is not defined" in verdict.message
    assert verdict.evidence == ()


def test_an_axis_that_is_no_size_is_an_argument():
    check = check_of(
        stability="product",
        truth="exact",
        over={"s": [1e-100, 1.0, 1e100]},
        given={"a": {"constant": 2.0}},
    )
    reference = {
        "product": lambda a, s: a * s,
        "exact": lambda a, s: mpmath.mpf(a) * mpmath.mpf(s),
    }
    assert verdict_of(check, reference, reference).passed
    verdict = verdict_of(check, reference, {"product": lambda a, s: a})
    assert verdict.message.startswith("`product` breaks at s = 1e-100, the first point")


@pytest.mark.parametrize(
    "truth",
    [
        lambda s: [mpmath.mpf(s), (mpmath.mpf(1), 2.0)],
        lambda s: [s, (1, 2.0)],
    ],
)
def test_truth_may_come_in_lists(truth):
    check = check_of(stability="f", truth="g", over={"s": [1.0, 2.0]})
    assert verdict_of(check, {"f": lambda s: [s, (1.0, 2.0)], "g": truth}, {"f": truth}).passed


def test_truth_may_be_an_array_or_complex():
    check = check_of(stability="f", truth="g", over={"s": [1.0, 2.0]}, args=["s"])
    reference = {
        "f": lambda s: np.array([s, 2 * s]) * 1j,
        "g": lambda s: np.array([mpmath.mpc(0, s), mpmath.mpc(0, 2 * s)]),
    }
    assert verdict_of(check, reference, reference).passed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nll": of_product}, "The reference is not right: `nll` holds from n = 1 to n = 100"),
        ({"exact_nll": 3}, "defines no function `exact_nll`"),
        ({"exact_nll": lambda p: 1 / 0}, "fails to give the truth at n = 1: ZeroDivisionError"),
        ({"exact_nll": lambda p: mpmath.nan}, "No answer could be right"),
    ],
)
def test_a_check_that_its_reference_does_not_bear_out_is_at_fault(changes, message):
    with pytest.raises(CheckError, match=message):
        CHECK.prepare(context_of(REFERENCE | changes))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"over": {"n": [1]}}, "two or more values"),
        ({"over": {}}, "two or more values"),
        ({"over": {"n": [1, 2], "m": [1, 2]}}, "one name"),
        ({"over": {"n": [1, "a"]}}, "must be numbers"),
        ({"over": {"n": [1, True]}}, "must be numbers"),
        ({"over": {"n": [1, 2]}, "args": ["x"]}, "neither drawn nor the axis"),
        ({"over": {"n": [1, 2]}, "given": {"n": {"constant": 1}}}, "set by the check itself"),
        ({"over": {"n": [0.5, 2]}, "given": {"p": {"normal": [0, 1], "shape": "n"}}}, "size `n`"),
    ],
)
def test_an_axis_that_makes_no_sense_is_refused_when_it_is_loaded(keys, message):
    with refused(message):
        check_of(stability="f", truth="g", **keys)
