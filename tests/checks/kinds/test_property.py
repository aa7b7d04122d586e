import numpy as np
import pytest

from grader.errors import CheckError
from grader.guest.protocol.values import Died, Opaque, TimedOut
from tests.checks.scripted import NOTHING, Scripted, check_of, context_of, returning, verdict_of
from tests.refusals import refused


def soft(z):
    e = np.exp(np.asarray(z) - np.max(z))
    return e / e.sum()


def entropy(p):
    p = np.asarray(p, float)
    if abs(p.sum() - 1) > 1e-9:
        raise ValueError("not a distribution")
    return float(-np.sum(p * np.log(p)))


REFERENCE = {"soft": soft, "entropy": entropy, "base": 2.0}
GIVEN = {"z": {"normal": [0, 1], "shape": 3}}
SUMS = check_of(property="sum(soft(z)) == 1", given=GIVEN)
SHIFT = check_of(property="soft(z + 5) == soft(z)", given=GIVEN, trials=4)
NESTED = check_of(property="entropy(soft(z)) <= np.log(3)", given=GIVEN, trials=4)


@pytest.mark.parametrize("check", [SUMS, SHIFT, NESTED])
@pytest.mark.parametrize(
    "answer", [soft, lambda z: soft(z).tolist(), lambda z: tuple(map(np.float64, soft(z)))]
)
def test_a_right_answer_in_any_style_has_the_property(check, answer):
    assert verdict_of(check, REFERENCE, {"soft": answer, "entropy": entropy}).passed


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        [1.0],
        [[0.2, 0.3, 0.5]],
        np.array([]),
        "abc",
        None,
        [True, False, False],
        [np.nan] * 3,
        Opaque("ndarray", "[0.2 0.3 0.5]"),
    ],
)
def test_an_answer_of_another_kind_or_shape_never_gets_in(value):
    assert not verdict_of(SUMS, REFERENCE, returning(value)).passed


def test_a_failure_shows_the_claim_the_inputs_and_both_sides():
    check = check_of(property="soft(z)[0] == 0.5", given={"z": {"constant": [1.0, 1.0]}}, trials=1)
    verdict = verdict_of(check, REFERENCE, {"soft": lambda z: np.asarray(z) / 4})
    assert verdict.message == (
        "`soft(z)[0] == 0.5` does not hold for z = [1.0, 1.0]: left of `==` is 0.25, right is 0.5."
    )
    assert verdict.brief == "It does not hold for every input that was tried."
    assert np.array_equal(verdict.evidence[0], [0.25, 0.25])


def test_an_answer_that_cannot_stand_in_the_claim_is_named():
    verdict = verdict_of(SUMS, REFERENCE, {"soft": lambda z: 1.0})
    assert verdict.message.startswith("`sum(soft(z)) == 1` cannot hold for z = array([")
    assert verdict.message.endswith("is the number 1, expected an array of shape (3,).")
    assert verdict.brief == "It does not hold for every input that was tried."


@pytest.mark.parametrize("student", [NOTHING, Scripted(TimedOut(2)), Scripted(Died("signal 9"))])
def test_no_answer_fails_and_is_no_error(student):
    assert not verdict_of(SUMS, REFERENCE, student).passed
    assert not verdict_of(NESTED, REFERENCE, student).passed


def test_an_exception_that_only_the_students_values_cause_is_the_students():
    check = check_of(property="int(1 / norm(z)) == 1", given=GIVEN)
    verdict = verdict_of(check, {"norm": lambda z: 1.0}, {"norm": lambda z: 0.0})
    assert "cannot be evaluated with your answers for z = " in verdict.message
    assert "ZeroDivisionError" in verdict.message
    assert verdict.brief == "It does not hold for every input that was tried."


def test_an_input_that_the_reference_refuses_comes_of_the_students_own_answer():
    verdict = verdict_of(NESTED, REFERENCE, {"soft": lambda z: z, "entropy": lambda p: 0.5})
    assert "fails in the reference: it raised ValueError: not a distribution." in verdict.message
    assert not verdict.passed


def test_what_the_reference_answers_is_never_sent():
    student = Recorder({"soft": lambda z: np.ones(3) / 3, "entropy": entropy})
    verdict_of(NESTED, REFERENCE, student)
    sent = [call.args[0] for name, call in student.asked if name == "entropy"]
    assert sent
    assert all(np.array_equal(p, np.ones(3) / 3) for p in sent)


class Recorder(Scripted):
    """Answers out of a namespace, and keeps what it was asked and how often."""

    def __init__(self, namespace):
        from grader.checks.students.local import LocalStudent

        super().__init__(None)
        self.local = LocalStudent(namespace)
        self.messages = 0

    def call(self, name, cases):
        self.messages += 1
        super().call(name, cases)
        return self.local.call(name, cases)

    def get(self, name):
        return self.local.get(name)


def test_calls_that_depend_on_no_answer_are_asked_in_one_message():
    student = Recorder(REFERENCE)
    assert verdict_of(SHIFT, REFERENCE, student).passed
    assert student.messages == 1
    assert len(student.asked) == 8
    nested = Recorder(REFERENCE)
    assert verdict_of(NESTED, REFERENCE, nested).passed
    assert nested.messages == 8


def test_a_call_that_another_answer_leads_to_is_asked_when_it_comes():
    check = check_of(
        property="f(x) == 1 or f(x, k=2) == 2", given={"x": {"constant": 3.0}}, trials=1
    )
    reference = {"f": lambda x, k=1: 1.0 * k}
    student = Recorder({"f": lambda x, k=0: 1.0 * k})
    assert verdict_of(check, reference, student).passed
    assert len(student.asked) == 2


@pytest.mark.parametrize("other", ["f(x, 2)", "f(x, k=2)", "g(x)"])
def test_another_call_than_the_references_is_asked_anew(other):
    check = check_of(
        property=f"(f(x) == 1 or {other} == 2) and f(x + 1) > 0",
        given={"x": {"constant": 3.0}},
        trials=1,
    )
    reference = {"f": lambda x, k=1: 1.0 * k, "g": lambda x: 2.0}
    assert verdict_of(check, reference, reference).passed
    assert verdict_of(check, reference, reference | {"f": lambda x, k=3: 1.0 * k}).passed


def test_a_keyword_argument_is_asked_ahead_too():
    check = check_of(property="f(x, k=2) == 2", given={"x": {"constant": 3.0}}, trials=3)
    student = Recorder({"f": lambda x, k=1: float(k)})
    assert verdict_of(check, {"f": lambda x, k=1: 1.0 * k}, student).passed
    assert student.messages == 1


def test_variables_helpers_and_the_reference_stand_in_a_claim():
    check = check_of(property="base == reference.base and twice(base) == 4")
    reference = REFERENCE | {"twice": lambda x: 2 * x}
    context = {"defines": ("base",)}
    assert verdict_of(check, reference, {"base": 2}, **context).passed
    verdict = verdict_of(check, reference, {"base": 3.0}, **context)
    assert verdict.message == (
        "`base == reference.base and twice(base) == 4` does not hold: "
        "left of `==` is 3, right is 2."
    )
    assert "`base` is not defined" in verdict_of(check, reference, {}, **context).message
    assert not verdict_of(check, reference, {"base": "2"}, **context).passed


def test_answers_take_the_form_of_the_references():
    def parts(x):
        return {"a": (x, [1.0, 2.0]), "n": 10**400, "s": ["x", "y"]}

    def styled(x):
        return {"n": 10**400, "a": [np.float64(x), np.array([1, 2])], "s": np.array(["x", "y"])}

    check = check_of(
        property="f(x)['a'][1] + [x] == [1, 2, x] and f(x)['n'] > 1 and 'x' in f(x)['s']",
        given={"x": {"constant": 3.0}},
        trials=1,
    )
    assert verdict_of(check, {"f": parts}, {"f": styled}).passed


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"property": "soft(z) == 1"}, "does not have the property.*does not hold"),
        ({"property": "entropy(z) >= 0"}, "cannot be judged: entropy.*fails.*ValueError"),
        ({"property": "soft(z, nothing) == 1"}, "cannot be evaluated: NameError"),
        ({"property": "soft(z)"}, "cannot be evaluated: TypeError"),
        ({"property": "np.sum(z) == np.sum(z)"}, "asks the student nothing"),
        ({"property": "entropy(soft(z)) >= 0", "tolerance": {"atol": 9.0}}, "larger than every"),
    ],
)
def test_a_property_that_its_reference_does_not_have_is_at_fault(keys, message):
    with pytest.raises(CheckError, match=message):
        check_of(given=GIVEN, **keys).prepare(context_of(REFERENCE))


def test_a_claim_that_is_no_expression_is_refused_when_it_is_loaded():
    with refused("not a Python expression"):
        check_of(property="soft(z) =")


def test_the_subject_is_the_first_name_that_is_not_drawn():
    assert SUMS.subject == "soft"
    assert check_of(property="z[0] == soft(z)", given=GIVEN).subject == "soft"
    assert check_of(property="1 == 1").subject == "1 == 1"


def test_evidence_is_the_same_for_the_same_answers():
    wrong = {"soft": lambda z: np.asarray(z) * 2, "entropy": lambda p: 9.0}
    for check in (SUMS, NESTED):
        one, two = (verdict_of(check, REFERENCE, wrong) for _ in range(2))
        assert repr(one) == repr(two)
        assert one.evidence
