"""What a hidden check says besides hangs on no hidden input."""

from __future__ import annotations

import pytest

from grader.checks.base import failed
from grader.grading.explaining.reasons import Reason
from grader.grading.explaining.verdicts import AnswerNotes, explained
from grader.guest.protocol.values import Raised, Returned
from tests.checks.scripted import check_of

HIDDEN = check_of(function="f", cases=[{"args": [1]}], hint="Think.")
VISIBLE = HIDDEN.model_copy(update={"visible": True})
LACKS = {
    "f": Reason("`f` is 7, not a function.", "`f` is not defined."),
    "g": Reason("`g` is not defined; you have `h`.", "`g` is not defined; you have `h`."),
}


def hints(verdict, asked):
    return [explained(verdict, check, asked, {}, "").hint for check in (VISIBLE, HIDDEN)]


def test_which_of_several_names_is_missing_is_for_the_instructor():
    """A student's code can take away any name when a hidden input comes."""
    verdict = failed("g(1) is not defined", brief="`f` or `g` is not defined.")
    found = explained(verdict, HIDDEN, AnswerNotes({"g": None}), {"g": LACKS["g"]}, "")
    assert (found.message, found.brief) == (LACKS["g"].message, verdict.brief)


def test_what_a_name_holds_is_for_the_instructor():
    verdict = failed("f(1) is not defined", brief="`f` is not defined.")
    found = explained(verdict, HIDDEN, AnswerNotes({"f": Returned(7)}), {"f": LACKS["f"]}, "")
    assert (found.message, found.brief) == (LACKS["f"].message, LACKS["f"].brief)


@pytest.mark.parametrize("kind", ["NotImplementedError", "KeyError", "Odd"])
def test_a_hint_that_goes_by_an_exception_is_for_visible_checks(kind):
    raised = Raised(kind, "x")
    verdict = failed(f"f(1) raised {kind}: x.", brief="`f` raised an exception.")
    visible, hidden = hints(verdict, AnswerNotes(raised=[raised]))
    assert hidden is None
    assert (visible is None) == (kind == "Odd")


def test_an_exception_that_the_message_does_not_tell_changes_no_hint():
    verdict = failed("f(1) is 2, expected 3.", brief="`f` gave a wrong answer.")
    assert hints(verdict, AnswerNotes(raised=[Raised("KeyError", "x")])) == ["", ""]


def test_a_function_that_gives_nothing_changes_no_hint_of_a_hidden_check():
    text = "f(1) is None, expected the number 3; does it `return` its result?"
    assert hints(failed(text, brief="`f` gave a wrong answer."), AnswerNotes()) == [None, ""]


def test_exceptions_without_end_are_not_kept():
    asked = AnswerNotes()
    for _ in range(10_000):
        asked.note(Raised("E", "x" * 500))
    assert len(asked.raised) <= 1000
