import numpy as np
import pytest

from grader.errors import CheckError
from grader.guest.protocol.values import Died, Raised, Returned, TimedOut
from tests.checks.scripted import NOTHING, Scripted, check_of, context_of, returning, verdict_of
from tests.refusals import refused


def half(x):
    return np.asarray(x) / 2


REFERENCE = {"half": half}
LISTED = {"function": "half", "cases": [{"args": [4], "expected": 2}, {"args": [[1, 2]]}]}
DRAWN = {
    "function": "half",
    "given": {"n": {"integers": [1, 4]}, "x": {"normal": [0, 1], "shape": "n"}},
    "args": ["x"],
    "trials": 5,
}


@pytest.mark.parametrize("keys", [LISTED, DRAWN])
@pytest.mark.parametrize(
    "answer",
    [
        half,
        lambda x: (np.asarray(x) / 2).tolist(),
        lambda x: tuple(v / 2 for v in x) if np.ndim(x) else x / 2,
        lambda x: np.float64(x) / 2,
        lambda x: np.asarray(x).astype("f4") / np.float32(2),
    ],
)
def test_a_right_answer_in_any_style_passes(keys, answer):
    verdict = verdict_of(check_of(**keys), REFERENCE, {"half": answer})
    assert verdict.passed
    assert verdict.message == ""


@pytest.mark.parametrize(
    "value",
    [
        np.nan,
        True,
        "2.0",
        None,
        np.array([]),
        np.array([2.0]),
        np.full((1, 1), 2.0),
        [[1, 2]],
        {},
    ],
)
@pytest.mark.parametrize("keys", [LISTED, DRAWN])
def test_nothing_but_the_answer_passes(keys, value):
    assert not verdict_of(check_of(**keys), REFERENCE, returning(value)).passed


def test_a_failure_shows_the_call_and_how_many_cases_fail():
    verdict = verdict_of(check_of(**LISTED), REFERENCE, {"half": lambda x: np.asarray(x) * 1.0})
    assert verdict.message == (
        "half(4) is 4, expected 2 (off by 100 %). 2 of 2 cases fail. "
        "Every value is 2 times the right one."
    )
    assert verdict.brief == "`half` gave a wrong answer."
    assert verdict.evidence[0] == 4
    assert np.array_equal(verdict.evidence[1], [1, 2])


def test_one_case_is_not_counted():
    check = check_of(function="half", cases=[{"args": [4]}])
    verdict = verdict_of(check, REFERENCE, {"half": lambda _: None})
    assert verdict.message == (
        "half(4) is None, expected the number 2; does it `return` its result?"
    )


@pytest.mark.parametrize(
    ("student", "message", "brief"),
    [
        (NOTHING, "half(4) is not defined as a function.", "`half` is not defined."),
        (
            Scripted(Raised("ValueError", "no")),
            "half(4) raised ValueError: no.",
            "`half` raised an exception.",
        ),
        (
            Scripted(TimedOut(2)),
            "half(4) timed out after 2 s (endless loop?)",
            "`half` gave no answer: it took too long",
        ),
        (Scripted(Died("signal 9")), "half(4) gave no answer: signal 9.", "`half` gave no"),
        (
            Scripted(Returned(2.0, ("0", "x\n"))),
            r"half(4) changed its first argument and its argument x\n in place: work on a copy",
            "`half` gave a wrong answer.",
        ),
        (
            returning([1, 2, 3]),
            "half(4) is the list [1, 2, 3], expected the",
            "`half` gave a wrong",
        ),
    ],
)
def test_whatever_comes_instead_of_an_answer_has_its_own_message(student, message, brief):
    verdict = verdict_of(check_of(**LISTED), REFERENCE, student)
    assert verdict.message.startswith(message)
    assert verdict.brief.startswith(brief)


def test_a_brief_shows_neither_input_nor_expected_value():
    secret = {"function": "half", "cases": [{"args": [123456.0]}]}
    for answer in (lambda x: x, lambda x: str(x), lambda x: [x], lambda x: {}[x]):
        verdict = verdict_of(check_of(**secret), REFERENCE, {"half": answer})
        assert "123456" in verdict.message
        assert "123456" not in verdict.brief
        assert "61728" not in verdict.brief


def test_each_form_is_asked_once():
    student = returning(1.0)
    check = check_of(function="f", forms=["array", "list"], cases=[{"args": [[1, 2], 3]}])
    check_scalars = check_of(function="f", forms=["array", "list"], cases=[{"kwargs": {"x": 3}}])
    reference = {"f": lambda *args, **kwargs: 1.0}
    assert verdict_of(check, reference, student).passed
    (_, first), (_, second) = student.asked
    assert isinstance(first.args[0], np.ndarray)
    assert second.args == ([1, 2], 3)
    student.asked.clear()
    assert verdict_of(check_scalars, reference, student).passed
    assert len(student.asked) == 1


def test_inputs_are_the_same_for_everybody_and_change_with_the_seed():
    check = check_of(**DRAWN)
    one, again, other = returning(0.0), returning(0.0), returning(0.0)
    for student, seed in ((one, 1), (again, 1), (other, 2)):
        verdict_of(check, REFERENCE, student, seed=seed)
    assert repr(one.asked) == repr(again.asked)
    assert repr(one.asked) != repr(other.asked)


def test_all_drawn_names_are_arguments_where_no_order_is_given():
    check = check_of(function="f", trials=1, given={"a": {"constant": 1}, "b": {"constant": 2}})
    student = returning(-1)
    assert verdict_of(check, {"f": lambda a, b: a - b}, student).passed
    assert student.asked[0][1].args == (1, 2)


def test_the_subject_is_the_function():
    assert check_of(**LISTED).subject == "half"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"function": "f"}, "this check makes no calls"),
        ({"function": "f f", "cases": [{}]}, "not a Python name"),
        ({"function": "f", "given": {"x": {"constant": 1}}, "args": ["y"]}, "does not draw"),
        ({"function": "f", "cases": [{}], "trials": 0}, "this must be at least 1"),
        ({"function": "f", "cases": [{}], "forms": ["tuple"]}, "forms.0: .*literal_error"),
        ({"function": "f", "cases": [{"arguments": []}]}, "cases.0.arguments: .*extra_forbidden"),
    ],
)
def test_a_check_that_makes_no_sense_is_refused_when_it_is_loaded(keys, message):
    with refused(message):
        check_of(**keys)


def fails(_):
    raise KeyError("x")


def sorts(x):
    x.sort()
    return 1


@pytest.mark.parametrize(
    ("reference", "case", "tolerance", "message"),
    [
        (
            lambda x: x,
            {"args": [4], "expected": 2},
            {},
            r"disagrees with `cases\[0\]`: f\(4\) is 4",
        ),
        (fails, {"args": [4]}, {}, r"The reference fails: f\(4\) raised KeyError"),
        (sorts, {"args": [[2, 1]]}, {}, "changes its arguments in place"),
        (lambda _: np.nan, {"args": [4]}, {}, "No answer could be right.*nan_equal"),
        (lambda _: object(), {"args": [4]}, {}, "No answer could be right"),
        (lambda _: 0.5, {"args": [4], "expected": 0.5}, {"atol": 1.0}, "accepts 0 where 0.5"),
        (3, {"args": [4]}, {}, "is not defined as a function"),
    ],
)
def test_a_check_that_its_reference_does_not_bear_out_is_at_fault(
    reference, case, tolerance, message
):
    check = check_of(function="f", cases=[case], tolerance=tolerance)
    with pytest.raises(CheckError, match=message):
        check.prepare(context_of({"f": reference}))


def test_nan_may_be_expected_where_the_author_says_so():
    check = check_of(
        function="f", cases=[{"args": [1], "expected": np.nan}], tolerance={"nan_equal": True}
    )
    assert verdict_of(check, {"f": lambda _: np.nan}, returning(np.nan)).passed
    assert not verdict_of(check, {"f": lambda _: np.nan}, returning(0.0)).passed


def test_none_may_be_an_expected_answer():
    check = check_of(function="f", cases=[{"args": [1], "expected": None}])
    assert verdict_of(check, {"f": lambda _: None}, returning(None)).passed
    with pytest.raises(CheckError, match="disagrees"):
        check.prepare(context_of({"f": lambda _: 1}))


def test_a_tolerance_that_accepts_zero_for_all_that_is_drawn_is_at_fault():
    check = check_of(**DRAWN, tolerance={"atol": 1e9})
    with pytest.raises(CheckError, match="accepts 0 for every drawn call"):
        check.prepare(context_of(REFERENCE))


def test_the_exercise_gives_the_tolerance_where_the_check_has_none():
    from grader.compare import Tolerance

    check = check_of(**LISTED)
    student = {"half": lambda x: half(x) * 1.01}
    assert verdict_of(check, REFERENCE, student, tolerance=Tolerance(rtol=0.1)).passed
    assert not verdict_of(check, REFERENCE, student).passed
