"""A mistake is named when it fits better than every other, and never by a guess."""

from __future__ import annotations

from grader.checks.base import failed, passed
from grader.diagnosis import KnownMistakes, name_mistakes


def wrong(*evidence, mistake=None):
    return failed("wrong", brief="wrong", evidence=evidence, mistake=mistake)


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
