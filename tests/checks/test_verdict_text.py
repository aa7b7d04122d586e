import pickle

import numpy as np
import pytest

from grader.checks.verdict_text import call_text, evidence_of, failure_of, wrong_answer
from grader.compare import compare
from grader.guest.protocol.values import Call, Died, Missing, Opaque, Raised, Returned, TimedOut

LOOP = "(endless loop?)"
SILENT = "gave no answer: it took too long, or ended its process"


@pytest.mark.parametrize(
    ("answer", "message", "brief"),
    [
        (Missing("f"), "is not defined", "is not defined"),
        (Missing("f", True), "is not defined as a function", "is not defined"),
        (Raised("ValueError", "p < 0"), "raised ValueError: p < 0", "raised an exception"),
        (Raised("ValueError", ""), "raised ValueError", "raised an exception"),
        (Raised("Secret42", "x"), "raised Secret42: x", "raised an exception"),
        (Raised("print", "x"), "raised print: x", "raised an exception"),
        (Raised("int", "x"), "raised int: x", "raised an exception"),
        (Raised("A\x1b", "b\nc"), r"raised A\x1b: b\nc", "raised an exception"),
        (TimedOut(2.0), f"timed out after 2 s {LOOP}", SILENT),
        (
            TimedOut(30.0, "exercise"),
            f"timed out: all answers together take over 30 s {LOOP}",
            SILENT,
        ),
        (Died("signal 11"), "gave no answer: signal 11", SILENT),
    ],
)
def test_what_is_no_value_has_a_message_and_a_brief(answer, message, brief):
    failure = failure_of(answer)
    assert failure.message == message
    assert failure.brief == brief


def test_a_value_is_no_failure():
    assert failure_of(Returned(None)) is None


def test_a_call_without_a_result_is_asked_about_its_return():
    mismatch = compare(None, 0.5)
    assert wrong_answer(None, mismatch).message.endswith("; does it `return` its result?")
    assert "return" not in wrong_answer(None, mismatch, from_call=False).message


def test_a_call_is_written_as_a_student_would():
    call = Call((np.array([1.0, 2.0]), "a\n"), (("k", None),))
    assert call_text("f", call) == r"f(array([1.0, 2.0]), 'a\n', k=None)"


def test_evidence_tells_kinds_of_answers_apart():
    answers = [
        Returned(0.5),
        Returned(0.5, ("0",)),
        Returned(Opaque("Foo", "at 1")),
        Raised("ValueError", "text"),
        Missing("f"),
    ]
    assert evidence_of(answers) == (
        0.5,
        ("changed its arguments", 0.5),
        ("opaque", "Foo"),
        ("raised", "ValueError"),
        "missing",
    )


@pytest.mark.parametrize(("end", "word"), [(TimedOut(1.0), "timed out"), (Died("x"), "died")])
def test_evidence_ends_where_the_answers_do(end, word):
    assert evidence_of([Returned(1), end, end, Returned(2)]) == (1, word)


def test_a_name_that_is_missing_is_evidence_of_nothing():
    assert evidence_of([Missing("f"), Missing("f")]) == ()


def test_evidence_comes_whole_out_of_another_process():
    answers = [
        Returned(1.5),
        Returned([1], ("0",)),
        Raised("ValueError", "no such p"),
        Missing("f"),
    ]
    answers += [TimedOut(5.0), Died("its process was ended by SIGSEGV"), Returned(Opaque("A", "a"))]
    evidence = evidence_of(answers)
    sent = pickle.loads(pickle.dumps(evidence))
    assert sent == evidence
    assert sent[2].text == "no such p"
