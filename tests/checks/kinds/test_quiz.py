"""A question of a quiz: what counts as the same answer, what is wrong, what is not understood."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.kinds.quiz import choices_in_order
from grader.compare import Tolerance
from grader.errors import CheckError
from grader.guest.protocol.values import Died, Missing, Opaque, Raised, Returned
from tests.checks.scripted import Scripted, check_of, context_of, returning, verdict_of
from tests.refusals import refused

LABELS = {
    "iid": "iid",
    "not_independent": "not independent",
    "not_identical": "not identically distributed",
}
ONE = check_of(
    quiz="answers",
    question="free_throws",
    ask="Free throws from one spot.",
    choices=LABELS,
    also={"iid": ["i.i.d.", "independent and identically distributed"]},
    answer="iid",
    explanation="Nothing changes from shot to shot.",
)
SEVERAL = check_of(
    quiz="answers",
    question="unchanged",
    choices={"a": "the mean", "b": "the mode", "c": "the scale"},
    several=True,
    answer=["a", "c"],
)
NUMBER = check_of(quiz="answers", question="half", tolerance={"rtol": 0.01})
OPEN = check_of(quiz="answers", question="word", answer="cross-entropy", also=["log loss"])
NO_DICT = "`answers` cannot be understood: it should be a dict of answers by question"
REFERENCE = {
    "answers": {
        "free_throws": "iid",
        "unchanged": ["c", "a"],
        "half": math.log(2),
        "word": "cross-entropy",
    }
}


def judged(check, value):
    return verdict_of(check, REFERENCE, returning({check.question: value}))


@pytest.mark.parametrize("check", [ONE, SEVERAL, NUMBER, OPEN], ids=lambda check: check.question)
def test_the_reference_is_right(check):
    assert verdict_of(check, REFERENCE, REFERENCE).passed


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (ONE, "IID"),
        (ONE, " i i d "),
        (ONE, "I.I.D."),
        (ONE, "Independent and identically-distributed"),
        (ONE, ["iid"]),
        (ONE, np.array("iid")),
        (SEVERAL, {"a", "c"}),
        (SEVERAL, ["the scale", "The Mean", "a"]),
        (SEVERAL, np.array(["c", "a"])),
        (NUMBER, 0.69),
        (NUMBER, np.float64(0.693)),
        (NUMBER, np.array(0.7)),
        (OPEN, "cross entropy"),
        (OPEN, "Cross\N{EN DASH}Entropy"),
        (OPEN, "crossentropy"),
        (OPEN, "Log_Loss"),
    ],
)
def test_a_right_answer_is_right_however_it_is_written(check, value):
    assert judged(check, value).passed


@pytest.mark.parametrize(
    ("check", "value", "evidence"),
    [
        (ONE, "not-independent", "not_independent"),
        (ONE, "Not identically distributed", "not_identical"),
        (SEVERAL, ["a"], ("a",)),
        (SEVERAL, ["a", "b", "c"], ("a", "b", "c")),
        (SEVERAL, "a", ("a",)),
        (NUMBER, 0.5, 0.5),
        (NUMBER, math.inf, math.inf),
        (NUMBER, 10**400, 10**400),
        (NUMBER, 0, 0),
        (OPEN, "entropy", "entropy"),
    ],
)
def test_a_wrong_answer_is_wrong_and_understood(check, value, evidence):
    verdict = judged(check, value)
    assert (verdict.passed, verdict.understood, verdict.evidence) == (False, True, (evidence,))
    assert verdict.message.endswith("is not right.")
    assert verdict.brief == f"`answers['{check.question}']` is not right."


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (ONE, "independent"),
        (ONE, ["iid", "not independent"]),
        (ONE, list(LABELS)),
        (ONE, []),
        (ONE, {"iid": True}),
        (ONE, 1.0),
        (ONE, True),
        (ONE, b"iid"),
        (ONE, "iid" * 10_000_000),
        (ONE, Opaque("str", "'iid'")),
        (SEVERAL, ["a", "z"]),
        (SEVERAL, ["a", ["c"]]),
        (SEVERAL, ["a"] * 1000),
        (SEVERAL, []),
        (NUMBER, "0.69"),
        (NUMBER, True),
        (NUMBER, math.nan),
        (NUMBER, 0.69 + 0j),
        (NUMBER, [0.69]),
        (OPEN, 3.5),
        (OPEN, ["cross-entropy", "entropy"]),
    ],
)
def test_what_cannot_be_understood_is_told_apart_from_what_is_wrong(check, value):
    verdict = judged(check, value)
    assert (verdict.passed, verdict.understood, verdict.evidence) == (False, False, ())
    assert "cannot be understood: it is" in verdict.message
    assert len(verdict.message) < 500


def test_the_choices_are_listed_and_the_right_one_is_not_marked():
    assert judged(ONE, "maybe").message == (
        "`answers['free_throws']` cannot be understood: it is 'maybe'. Answer with one of \"iid\", "
        '"not_independent", "not_identical" (not identically distributed).'
    )
    assert judged(SEVERAL, "z").brief == (
        "`answers['unchanged']` cannot be understood. Answer with a list of one or more of "
        '"a" (the mean), "b" (the mode), "c" (the scale).'
    )
    assert judged(NUMBER, "z").brief.endswith("Answer with a number.")
    assert judged(OPEN, 1.5).brief.endswith("Answer with a short text.")


@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_answer_that_is_not_there_yet_is_no_attempt(value):
    verdict = judged(ONE, value)
    assert not verdict.understood
    assert verdict.message == "There is no answer in `answers['free_throws']` yet."


@pytest.mark.parametrize(
    "answers",
    [
        {"FREE THROWS": "iid"},
        {"free-throws": "not independent", "Free_Throws": "iid"},
        {"free throws": "not independent", "free_throws": "iid"},
        {"free_throws": None, "free throws": "iid"},
        {**{f"other {n}": 1 for n in range(5000)}, "free_throws": "iid"},
    ],
)
def test_the_key_of_a_question_may_be_spelt_in_another_way(answers):
    assert verdict_of(ONE, REFERENCE, returning(answers)).passed


def test_a_number_may_be_the_key_of_a_question_and_of_a_choice():
    check = check_of(quiz="q", question="1", choices={"1": "one", "2": "two"}, answer="2")
    reference = {"q": {"1": "2"}}
    assert verdict_of(check, reference, {"q": {1: 2}}).passed
    assert not verdict_of(check, reference, {"q": {1: 10**30}}).understood
    truth = check_of(quiz="q", question="t", choices={"true": "It is", "false": "Not"})
    assert verdict_of(truth, {"q": {"t": "false"}}, {"q": {"t": False}}).passed


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Missing("answers"), "`answers` is not defined."),
        (Raised("TypeError", "no"), "`answers` raised TypeError: no."),
        (Died("signal 9"), "`answers` gave no answer: signal 9."),
        (Returned(["iid"]), f"{NO_DICT}, but is ['iid']."),
        (Returned(Opaque("Answers", "<Answers>")), f"{NO_DICT}, but is <Answers: <Answers>>."),
    ],
)
def test_what_is_no_dict_of_answers_is_told_and_is_no_attempt(answer, message):
    verdict = verdict_of(ONE, REFERENCE, Scripted(answer))
    assert (verdict.message, verdict.understood) == (message, False)


def test_no_message_gives_the_right_answer_away():
    for value in ("not independent", "maybe", None, 3.5):
        verdict = judged(OPEN, value)
        assert "cross" not in verdict.message + verdict.brief
        verdict = judged(NUMBER, value)
        assert "0.69" not in verdict.message + verdict.brief


# What an author writes


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"choices": {"a": "x"}}, "there is only one choice"),
        ({"several": True}, "`several` needs `choices`"),
        ({"choices": LABELS, "answer": "maybe"}, "'maybe' is not a possible answer"),
        ({"choices": LABELS, "answer": ["iid", "not_identical"]}, "is not a possible answer"),
        ({"answer": True}, "True is not a possible answer"),
        ({"choices": LABELS, "also": ["x"]}, "`also` must be a mapping"),
        ({"also": {"a": ["x"]}}, "`also` must be a list here"),
        ({"choices": LABELS, "also": {"b": ["x"]}}, "`also` names `b`"),
        ({"choices": {"a": "not iid", "b": "Not-IID"}}, "`Not-IID` could mean `a` or `b`"),
        ({"choices": {"a": "b", "b": "c"}}, "`b` could mean `a` or `b`"),
        ({"choices": {"a": "x", " ": "y"}}, "1 to 200 characters"),
        ({"answer": "word", "also": [" "]}, "1 to 200 characters"),
        ({"question": ""}, "1 to 200 characters"),
    ],
)
def test_what_does_not_fit_together_is_refused(keys, message):
    with refused(message):
        check_of(**{"quiz": "answers", "question": "q", **keys})


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ({"answers": {}}, r"has no `answers\['q'\]`: give `answer`, or add it"),
        ({"answers": ["iid"]}, "has no `answers"),
        ({"answers": {"q": 1.5}}, "1.5 is not a possible answer"),
        ({}, "`answers` is not defined"),
    ],
)
def test_a_reference_that_does_not_answer_is_the_exercises_fault(reference, message):
    check = check_of(quiz="answers", question="q", choices=LABELS)
    with pytest.raises(CheckError, match=message):
        check.prepare(context_of(reference))


def test_a_tolerance_that_accepts_anything_is_the_exercises_fault():
    check = check_of(quiz="answers", question="q", answer=0.5, tolerance={"atol": 0.5})
    with pytest.raises(CheckError, match=r"accepts 0 where 0\.5 is expected"):
        check.prepare(context_of({"answers": {"q": 0.5}}))


def test_an_answer_that_is_written_down_need_not_stand_in_the_reference():
    assert verdict_of(ONE, {}, returning({"free_throws": "iid"})).passed


def test_the_exercises_tolerance_holds_where_the_question_has_none():
    check = check_of(quiz="answers", question="q", answer=0.5)
    near = returning({"q": 0.51})
    assert not verdict_of(check, {}, near).passed
    assert verdict_of(check, {}, near, tolerance=Tolerance(rtol=0.1)).passed


# What a student is given


@pytest.mark.parametrize("check", [ONE, SEVERAL, NUMBER, OPEN], ids=lambda check: check.question)
def test_a_bundle_tells_whether_an_answer_is_understood_and_not_whether_it_is_right(check):
    keys = check.keys_for_students()
    frozen = check.to_bundle(check.prepare(context_of(REFERENCE)))
    assert not {"answer", "explanation", "tolerance"} & keys.keys()
    assert ("also" in keys) is (check is ONE)
    read_again = type(check).model_validate(keys)
    thawed = read_again.from_bundle(frozen)
    right = read_again.judge(thawed, returning(REFERENCE["answers"]))
    assert (right.passed, right.undecided, right.understood) == (False, True, True)
    assert right.message.startswith("Your answer is ")
    assert right.message.endswith(". You see the result when it is graded.")
    unread = read_again.judge(thawed, returning({check.question: b"?"}))
    assert (unread.undecided, unread.understood) == (False, False)


@pytest.mark.parametrize(
    ("frozen", "why"),
    [
        ("two", "the form of an answer must be one of one, several"),
        ({"form": "two", "questions": []}, "the form of an answer must be one of one, several"),
        (
            {"form": np.zeros(2), "questions": []},
            "the form of an answer must be one of one, several",
        ),
        ({"form": "one", "questions": [5]}, "the questions must be texts"),
        ({"form": "one", "questions": 5}, "this must be a list"),
        ({"form": "one"}, "this must be a dict of form, questions"),
        (None, "this must be a dict of form, questions"),
        (["one"], "this must be a dict of form, questions"),
    ],
)
def test_a_bundle_that_somebody_changed_is_refused(frozen, why):
    with pytest.raises(ValueError, match=why):
        ONE.from_bundle(frozen)


def test_a_bundle_of_an_older_grader_is_read():
    verdict = ONE.judge(ONE.from_bundle("one"), returning({"free_throws": "iid"}))
    assert verdict.undecided


def test_an_answer_to_be_judged_later_is_shown_as_it_was_understood():
    thawed = SEVERAL.from_bundle(SEVERAL.to_bundle(SEVERAL.prepare(context_of(REFERENCE))))
    verdict = SEVERAL.judge(thawed, returning(REFERENCE["answers"]))
    assert verdict.message == (
        'Your answer is "a" (the mean), "c" (the scale). You see the result when it is graded.'
    )


def bench_with(*questions):
    return replace(context_of(REFERENCE), questions={"answers": questions})


@pytest.mark.parametrize(
    ("answers", "have"),
    [
        ({"free_throw": "iid"}, "; you have `answers['free_throw']`"),
        ({"Free_Trhows": "iid"}, "; you have `answers['Free_Trhows']`"),
        ({"free_throws_2": "iid"}, ""),
        ({"something": "iid"}, ""),
        ({7: "iid", b"free_throw": 1}, ""),
        ({"\x1b[31mfree_throws": "iid"}, r"; you have `answers['\x1b[31mfree_throws']`"),
        ({**{f"free_throws{n}": "iid" for n in range(60)}}, ""),
    ],
    ids=range(7),
)
def test_a_misspelt_key_is_named_and_that_of_another_question_is_not(answers, have):
    prepared = ONE.prepare(bench_with("free_throws", "free_throws_2"))
    verdict = ONE.judge(prepared, returning(answers))
    assert verdict.message == f"There is no answer in `answers['free_throws']` yet{have}."
    assert verdict.brief == "There is no answer in `answers['free_throws']` yet."


def test_the_choice_that_comes_nearest_is_named():
    verdict = verdict_of(ONE, REFERENCE, returning({"free_throws": "iidd"}))
    assert verdict.message == (
        "`answers['free_throws']` cannot be understood: it is 'iidd'. Did you mean \"iid\"?"
    )
    verdict = judged(SEVERAL, ["the mean", "the moode"])
    assert verdict.message.endswith('Did you mean "b" (the mode)?')
    assert "Did you mean" not in verdict.brief
    assert "Answer with one of" in judged(ONE, "something else").message


CHOICES = tuple(LABELS.items())


def test_the_order_of_choices_is_a_students_own_and_stays():
    orders = {choices_in_order(ONE, f"student {n}") for n in range(60)}
    assert len(orders) == math.factorial(len(LABELS))
    assert all(set(order) == set(CHOICES) for order in orders)
    assert choices_in_order(ONE, "ada") == choices_in_order(ONE, "ada")
    assert choices_in_order(ONE) == CHOICES


def test_the_order_of_choices_differs_from_question_to_question():
    one, other = (ONE.model_copy(update={"question": key}) for key in ("a", "b"))
    students = [f"student {n}" for n in range(20)]
    assert [choices_in_order(one, s) for s in students] != [
        choices_in_order(other, s) for s in students
    ]


@given(st.text(), st.text())
def test_any_student_has_an_order(one, other):
    assert sorted(choices_in_order(ONE, one)) == sorted(choices_in_order(ONE, other))


def test_a_question_is_shown_with_its_choices():
    assert (
        SEVERAL.prompt_text()
        == "**`unchanged`**\n\n- `a`: the mean\n- `b`: the mode\n- `c`: the scale"
    )
    assert ONE.prompt_text() == (
        "**`free_throws`** Free throws from one spot.\n\n- `iid`\n- `not independent`\n"
        "- `not_identical`: not identically distributed"
    )
    assert NUMBER.prompt_text() == "**`half`**"


def test_a_question_is_shown_with_its_choices_in_the_students_order():
    order = [f"- `{key}`: {text}" for key, text in choices_in_order(SEVERAL, "ada")]
    assert SEVERAL.prompt_text("ada").splitlines()[2:] == order
