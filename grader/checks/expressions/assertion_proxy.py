"""What the names of an assertion mean while it is judged: the student's, and what is drawn."""

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
    """An answer cannot stand in an expression; it ends the evaluation and is not shown as such."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure)


class AssertionProxy(StudentProxy):
    """A student's names in an author's expression."""

    def expected_answer(self, query: Query) -> Answer:
        """Return what the reference answers; what it refuses cannot be judged."""
        answer = super().expected_answer(query)
        if not isinstance(answer, Returned):
            text = TranscriptEntry(query, (answer,)).text
            why = f"which is asked for, is refused: the reference {failure_of(answer).message}"
            raise BadAnswerError(Failure(f"{text}, {why}", WRONG))
        return answer

    def refusal(self, entry: TranscriptEntry, failure: Failure) -> BaseException:  # noqa: ARG002
        """Return what ends the evaluation."""
        return BadAnswerError(failure)


def names_for(
    assertion: Assertion, context: CheckContext, proxy: StudentProxy, drawn: Mapping[str, Value]
) -> dict[str, Any]:
    """Return what the names of an assertion mean: the student's first, then what is drawn."""
    names: dict[str, Any] = {**context.reference, "reference": SimpleNamespace(**context.reference)}
    for name in assertion.free_names:
        if name in context.defines and name in context.reference:
            names[name] = proxy.look_up(name)
    return {**names, **drawn}
