"""The names of an assertion while it is judged: the student's and the drawn inputs."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from grader.checks.base import CheckContext
from grader.checks.expressions.assertion import Assertion
from grader.checks.students.proxy import StudentProxy
from grader.checks.students.transcript import TranscriptEntry
from grader.checks.verdict_text import WRONG, Failure, failure_of
from grader.guest.protocol.values import Answer, Query, Returned, Value


class BadAnswerError(Exception):
    """Ends the evaluation of an assertion because of an answer that it cannot use."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure)


class AssertionProxy(StudentProxy):
    """A student's names in an author's expression."""

    def expected_answer(self, query: Query) -> Answer:
        """Return the reference's answer; `BadAnswerError` if it has none to judge by."""
        answer = super().expected_answer(query)
        if not isinstance(answer, Returned):
            text = TranscriptEntry(query, (answer,)).text
            why = f"which the check needs, fails in the reference: it {failure_of(answer).message}"
            raise BadAnswerError(Failure(f"{text}, {why}", WRONG))
        return answer

    def refusal(self, entry: TranscriptEntry, failure: Failure) -> BaseException:  # noqa: ARG002
        """Return the error that ends the evaluation."""
        return BadAnswerError(failure)


def names_for(
    assertion: Assertion, context: CheckContext, proxy: StudentProxy, drawn: Mapping[str, Value]
) -> dict[str, Any]:
    """Return the names of an assertion: those of the reference, the student's, and drawn inputs."""
    names: dict[str, Any] = {**context.reference, "reference": SimpleNamespace(**context.reference)}
    for name in assertion.free_names:
        if name in context.defines and name in context.reference:
            names[name] = proxy.look_up(name)
    return {**names, **drawn}
