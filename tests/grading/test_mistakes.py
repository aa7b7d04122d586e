"""A mistake is named when it fits better than every other, and never by a guess."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks.base import failed, passed
from grader.checks.verdict_text import evidence_of
from grader.grading.mistakes import KnownMistakes, name_mistakes
from grader.guest.protocol.values import Died, Raised, Returned, TimedOut


def wrong(*evidence, mistake=None):
    return failed("wrong", brief="wrong", evidence=evidence, mistake=mistake)


def answered(*answers):
    return wrong(*evidence_of(answers))


def known(table):
    """`table[mistake][check]` is what the check finds of the mistake; what is absent passes."""
    return KnownMistakes(tuple(table), lambda mistake, check: table[mistake].get(check, passed()))


ONE_SUBJECT = {"a": "kl", "b": "kl", "c": "kl"}


def test_a_mistake_that_gives_the_same_answers_is_named():
    named = name_mistakes(
        {"a": wrong(1.0, 2.0), "b": passed()},
        ONE_SUBJECT,
        known({"log2": {"a": wrong(1.0, 2.0)}, "sign": {"a": wrong(-1.0, -2.0)}}),
    )
    assert named == {"a": "log2"}


def test_two_mistakes_that_fit_equally_are_not_guessed_between():
    twins = known({"x": {"a": wrong(1.0)}, "y": {"a": wrong(1.0)}})
    assert name_mistakes({"a": wrong(1.0)}, ONE_SUBJECT, twins) == {}


def test_the_mistake_that_explains_more_failures_wins():
    mistakes = known({"small": {"a": wrong(1.0)}, "large": {"a": wrong(1.0), "b": wrong(2.0)}})
    named = name_mistakes({"a": wrong(1.0), "b": wrong(2.0)}, ONE_SUBJECT, mistakes)
    assert named == {"a": "large", "b": "large"}


def test_whoever_passes_a_check_that_a_mistake_fails_has_not_made_it():
    mistakes = known({"large": {"a": wrong(1.0), "b": wrong(2.0)}})
    assert name_mistakes({"a": wrong(1.0), "b": passed()}, ONE_SUBJECT, mistakes) == {}


def test_a_mistake_in_one_name_is_found_beside_trouble_in_another():
    named = name_mistakes(
        {"a": wrong(1.0), "w": wrong("not a pair")},
        {"a": "kl", "w": "witness"},
        known({"log2": {"a": wrong(1.0)}, "flat": {"w": wrong("not a pair")}}),
    )
    assert named == {"a": "log2", "w": "flat"}


def test_a_second_failure_that_the_mistake_does_not_make_leaves_it_named():
    named = name_mistakes(
        {"a": wrong(1.0), "b": wrong("no ValueError")},
        ONE_SUBJECT,
        known({"log2": {"a": wrong(1.0)}}),
    )
    assert named == {"a": "log2"}


def test_a_check_that_recognised_the_mistake_itself_is_believed():
    mistakes = known({"lost_half": {}})
    assert name_mistakes({"a": wrong(mistake="lost_half")}, ONE_SUBJECT, mistakes) == {
        "a": "lost_half"
    }


def test_a_failure_without_evidence_names_nothing():
    assert name_mistakes({"a": wrong()}, ONE_SUBJECT, known({"x": {"a": wrong()}})) == {}


def test_answers_agree_as_numbers_do_nan_with_nan_included():
    mistakes = known({"nan_on_zero": {"a": wrong(float("nan"), 1.0)}})
    verdict = wrong(float("nan"), 1.0 + 1e-12)
    assert name_mistakes({"a": verdict}, ONE_SUBJECT, mistakes) == {"a": "nan_on_zero"}


def test_a_mistake_is_put_through_a_check_once():
    asked = []

    def judge(mistake, check):
        asked.append((mistake, check))
        return wrong(1.0)

    mistakes = KnownMistakes(("x",), judge)
    for _ in range(3):
        name_mistakes({"a": wrong(1.0)}, ONE_SUBJECT, mistakes)
    assert asked == [("x", "a")]


NOTHING_LEFT = Raised("ValueError", "every product is 0.0")
LOG_OF_ZERO = Raised("ValueError", "math domain error")


@pytest.mark.parametrize(
    "answer", [LOG_OF_ZERO, Raised("ValueError", ""), TimedOut(2.0), Died("it was killed")]
)
def test_an_exception_of_the_same_type_alone_names_nothing(answer):
    theirs = NOTHING_LEFT if isinstance(answer, Raised) else answer
    mistakes = known({"underflow": {"a": answered(theirs)}})
    assert name_mistakes({"a": answered(answer)}, ONE_SUBJECT, mistakes) == {}


def test_an_exception_without_a_text_names_nothing_either():
    bare = answered(Raised("ValueError", ""))
    assert name_mistakes({"a": bare}, ONE_SUBJECT, known({"underflow": {"a": bare}})) == {}


def test_an_exception_of_the_same_text_names_the_mistake():
    lookup = Raised("KeyError", "'purple'")
    mistakes = known({"key_error": {"a": answered(lookup)}})
    assert name_mistakes({"a": answered(lookup)}, ONE_SUBJECT, mistakes) == {"a": "key_error"}


@pytest.mark.parametrize(
    ("answer", "theirs"), [(LOG_OF_ZERO, NOTHING_LEFT), (TimedOut(2.0), TimedOut(1.0))]
)
def test_what_comes_instead_of_the_same_answer_names_it_beside_answers_that_agree(answer, theirs):
    mistakes = known({"underflow": {"a": answered(Returned(0.5), theirs)}})
    verdicts = {"a": answered(Returned(0.5), answer)}
    assert name_mistakes(verdicts, ONE_SUBJECT, mistakes) == {"a": "underflow"}
    other = {"a": answered(Returned(0.25), answer)}
    assert name_mistakes(other, ONE_SUBJECT, mistakes) == {}


def test_a_tuple_that_a_student_returns_is_no_exception():
    mistakes = known({"x": {"a": answered(NOTHING_LEFT, Returned(1.0))}})
    for value in (("raised", np.ones(2), "text"), ("raised",), ("raised", "ValueError", 1)):
        verdicts = {"a": answered(Returned(value), Returned(1.0))}
        assert name_mistakes(verdicts, ONE_SUBJECT, mistakes) == {}


def test_an_exception_of_another_type_rules_a_mistake_out():
    mistakes = known({"underflow": {"a": answered(Returned(0.5), NOTHING_LEFT), "b": wrong(1.0)}})
    verdicts = {"a": answered(Returned(0.5), Raised("TypeError", "no")), "b": wrong(1.0)}
    assert name_mistakes(verdicts, ONE_SUBJECT, mistakes) == {}


def test_an_exception_of_the_same_type_is_explained_by_a_mistake_that_shows_elsewhere():
    mistakes = known({"underflow": {"a": wrong(0.25), "b": answered(NOTHING_LEFT)}})
    verdicts = {"a": wrong(0.25), "b": answered(LOG_OF_ZERO)}
    assert name_mistakes(verdicts, ONE_SUBJECT, mistakes) == {"a": "underflow", "b": "underflow"}
