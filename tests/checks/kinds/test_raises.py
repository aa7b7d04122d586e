import math

import pytest

from grader.errors import CheckError
from grader.guest.protocol.values import Died, Missing, Raised, Returned, TimedOut
from tests.checks.scripted import Scripted, check_of, context_of, verdict_of
from tests.refusals import refused

CHECK = check_of(raises="root", cases=[{"args": [-1]}, {"args": [-4.0]}])
REFERENCE = {"root": math.sqrt}


class OwnError(ValueError):
    pass


def refuses_own(x):
    raise OwnError(x)


def test_the_stated_exception_passes_and_a_subclass_of_it():
    assert verdict_of(CHECK, REFERENCE, REFERENCE).passed
    assert verdict_of(CHECK, REFERENCE, {"root": refuses_own}).passed


@pytest.mark.parametrize(
    ("answer", "message", "brief"),
    [
        (
            Returned(0.5),
            "root(-1) returned 0.5, but should raise ValueError.",
            "`root` should raise ValueError for every bad input.",
        ),
        (
            Raised("TypeError", "a", ("Exception",)),
            "root(-1) raised TypeError: a; it should raise ValueError.",
            "`root` should raise ValueError for every bad input.",
        ),
        (
            Raised("NotImplementedError", "", ("RuntimeError", "Exception")),
            "root(-1) raised NotImplementedError; it should raise ValueError.",
            "`root` should raise ValueError for every bad input.",
        ),
        (Missing("root"), "root(-1) is not defined.", "`root` is not defined."),
        (
            Died("signal 9"),
            "root(-1) gave no answer: signal 9.",
            "`root` gave no answer: it took too long, or ended its process.",
        ),
    ],
)
def test_anything_else_fails_with_its_reason(answer, message, brief):
    verdict = verdict_of(CHECK, REFERENCE, Scripted(answer))
    assert not verdict.passed
    assert verdict.message == message
    assert verdict.brief == brief


def test_every_case_must_raise():
    def late(x):
        return math.sqrt(x) if x == -1 else 0.0

    verdict = verdict_of(CHECK, REFERENCE, {"root": late})
    assert verdict.message.startswith("root(-4.0) returned 0.0")
    assert verdict.evidence == (("raised", "ValueError"), 0.0)


def test_a_hang_is_told_as_such():
    verdict = verdict_of(CHECK, REFERENCE, Scripted(TimedOut(2)))
    assert "timed out after 2 s" in verdict.message
    assert verdict.evidence == ("timed out",)


def test_a_reference_that_accepts_the_input_is_at_fault():
    with pytest.raises(CheckError, match=r"root\(-1\) returned 1, but should raise ValueError"):
        CHECK.prepare(context_of({"root": abs}))


@pytest.mark.parametrize("name", ["Exception", "RuntimeError", "BaseException"])
def test_an_exception_that_a_starter_raises_is_refused(name):
    with refused("starter"):
        check_of(raises="root", exception=name, cases=[{"args": [-1]}])


def test_another_exception_may_be_asked_for():
    check = check_of(raises="f", exception="ZeroDivisionError", cases=[{"args": [0]}])
    reference = {"f": lambda x: 1 / x}
    assert verdict_of(check, reference, reference).passed
    assert not verdict_of(check, reference, {"f": math.log}).passed


def test_no_case_is_refused():
    with refused("cases: this list must not be empty"):
        check_of(raises="root", cases=[])


def test_the_subject_is_the_function():
    assert CHECK.subject == "root"


ACCEPTING = check_of(raises="root", cases=[{"args": [-1]}], accepts=[{"args": [4.0]}])


def refuses_everything(x):
    raise ValueError(x)


def test_a_function_that_refuses_good_input_too_does_not_pass():
    verdict = verdict_of(ACCEPTING, REFERENCE, {"root": refuses_everything})
    assert not verdict.passed
    assert verdict.message == "root(4.0) raised ValueError: 4.0."
    told = "`root` should raise ValueError for every bad input and accept every good one."
    assert verdict.brief == told
    assert verdict_of(ACCEPTING, REFERENCE, REFERENCE).passed


def test_a_reference_that_refuses_good_input_is_the_exercises_fault():
    with pytest.raises(CheckError, match=r"must refuse exactly the bad input: root\(4.0\) raised"):
        ACCEPTING.prepare(context_of({"root": refuses_everything}))
