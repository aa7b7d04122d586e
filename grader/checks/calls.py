"""Base classes of checks that call one function: the questions, the bundle and the messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from grader.checks.base import Check, CheckContext, Student, Verdict, WrittenCall, passed
from grader.checks.bundling import (
    items_from_bundle,
    questions_from_bundle,
    questions_to_bundle,
    tolerance_from_bundle,
    tolerance_to_bundle,
)
from grader.checks.cases import (
    Question,
    ask_reference,
    judge_answer,
    reference_value,
    require_sound,
    written_draws,
)
from grader.checks.verdict_text import Failure, call_text, failed_by
from grader.compare import Tolerance
from grader.errors import CheckError
from grader.guest.protocol.values import Answer, Call, Query, Value
from grader.inputs import PartialGiven, draw, require_names, require_sizes


@dataclass(frozen=True, slots=True)
class PreparedCalls:
    """The calls of a check, with right answers."""

    questions: tuple[Question, ...]
    tolerance: Tolerance

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls without the answers."""
        return tuple(question.call for question in self.questions)


class CallCheck(Check):
    """A check that calls one function, its subject, and judges each answer.

    The smallest kind adds its keys and `calls`: an answer is then right if it agrees with the
    reference's. A kind that accepts other answers overrides `failures`.
    """

    evaluates: ClassVar[bool] = False
    reads_work: ClassVar[bool] = False

    def calls(self, context: CheckContext) -> Iterable[Call]:
        """Return the calls to make; not needed if `prepare` is overridden."""
        raise NotImplementedError

    def prepare(self, context: CheckContext) -> Any:
        """Ask the reference, whose own answers must pass."""
        tolerance = self.tolerance or context.tolerance
        calls = tuple(self.calls(context))
        answers = ask_reference(context, self.subject, calls)
        texts = [call_text(self.subject, call) for call in calls]
        questions = tuple(map(Question, calls, map(reference_value, answers, texts)))
        for question, text in zip(questions, texts, strict=True):
            require_sound(question.expected, tolerance, text)
        prepared = PreparedCalls(questions, tolerance)
        for text, failure in zip(texts, self.failures(prepared, answers), strict=True):
            if failure is not None:
                raise CheckError(f"The reference does not pass: {text} {failure.message}.")
        return prepared

    def failures(self, prepared: Any, answers: Sequence[Answer]) -> list[Failure | None]:
        """Return what is wrong with each answer; None if it is right."""
        return [
            judge_answer(answer, question.expected, prepared.tolerance, question.slack)
            for question, answer in zip(prepared.questions, answers, strict=True)
        ]

    def remark(
        self,
        prepared: Any,  # noqa: ARG002
        answers: Sequence[Answer],  # noqa: ARG002
        failures: Sequence[Failure | None],  # noqa: ARG002
    ) -> str:
        """Return text to append, after a space, to the message of a visible check."""
        return ""

    def queries(self, prepared: Any) -> Sequence[Query]:
        """Return all calls."""
        return (Query(self.subject, prepared.calls),)

    def to_bundle(self, prepared: Any) -> Value | None:
        """Return the calls with right answers, without those that are too large."""
        questions = questions_to_bundle(prepared.questions)
        if not questions:
            return None
        return {"questions": questions, "tolerance": tolerance_to_bundle(prepared.tolerance)}

    def from_bundle(self, bundled: Value) -> Any:
        """Return the bundled calls."""
        questions, tolerance = items_from_bundle(bundled, "questions", "tolerance")
        return PreparedCalls(questions_from_bundle(questions), tolerance_from_bundle(tolerance))

    def answers(self, prepared: Any, student: Student) -> list[Answer]:
        """Return the answers to all calls, which are asked at once."""
        answers = student.call(self.subject, prepared.calls)
        pairs = zip(answers, prepared.questions, strict=True)
        return [self.in_shape(answer, question.expected) for answer, question in pairs]

    def judge(self, prepared: Any, student: Student) -> Verdict:
        """Judge all answers; the message is about the first wrong one."""
        answers = self.answers(prepared, student)
        failures = self.failures(prepared, answers)
        for question, failure in zip(prepared.questions, failures, strict=True):
            if failure is not None:
                return failed_by(
                    failure,
                    self.subject,
                    [*map(Question.settled, prepared.questions, answers)],
                    at=call_text(self.subject, question.call),
                    more=self.remark(prepared, answers, failures),
                )
        return passed()


class SweptCheck(Check):
    """A check that calls its function along an axis: a size of drawn inputs, or an argument."""

    if TYPE_CHECKING:  # each kind describes these keys in its own words
        over: Mapping[str, tuple[Any, ...]]
        given: PartialGiven
        args: tuple[str, ...]

    @property
    def axis(self) -> str:
        """Name of the axis."""
        return next(iter(self.over))

    def require_sweep(self, largest: int | None) -> None:
        """Refuse undefined sizes and names; `largest` is None if the axis cannot be a size."""
        require_sizes(self.given, {} if largest is None else {self.axis: largest}, ("given",))
        require_names(self.args, (*self.given, self.axis), "which is neither drawn nor the axis")

    def argument_names(self) -> tuple[str, ...]:
        """Return the argument names in order: drawn inputs, then the axis unless it is a size."""
        is_size = any(self.axis in item.sizes for item in self.given.values())
        return self.args or (*self.given, *(() if is_size else (self.axis,)))

    def call_at(self, point: Value, rng: np.random.Generator, trial: int = 0) -> Call:
        """Draw the call at one point of the axis."""
        known = {self.axis: point}
        drawn = known | draw(self.given, rng, trial, known)
        return Call(tuple(drawn[name] for name in self.argument_names()))

    def written_calls(self) -> Iterator[WrittenCall]:
        """Return the call of the function."""
        yield from written_draws(self.subject, self.argument_names(), args=self.args)
