"""A function agrees with the reference or with listed answers, on listed and drawn inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from pydantic import Field, model_validator

from grader.checks.base import CheckContext, WrittenCall
from grader.checks.calls import CallCheck, PreparedCalls
from grader.checks.cases import (
    Case,
    Forms,
    PythonName,
    Question,
    ask_reference,
    generated_calls,
    in_forms,
    reference_value,
    require_biting,
    require_sound,
    written_cases,
    written_draws,
)
from grader.checks.noise import Noise
from grader.checks.text.factor import factor_text
from grader.checks.verdict_text import Failure, call_text
from grader.compare import Tolerance, compare, describe, is_vacuous
from grader.errors import CheckError
from grader.guest.protocol.values import Answer, Call, Returned, Value
from grader.inputs import Given, require_names


class FunctionCase(Case):
    """A call with its expected answer."""

    expected: Any = Field(default=None, description="The right answer; by default the reference's.")

    @property
    def is_answered(self) -> bool:
        """Whether the author listed an answer, which may be None."""
        return "expected" in self.model_fields_set


class FunctionCheck(CallCheck):
    """A function agrees with the reference, or with the answers that the author lists."""

    kind: ClassVar[str] = "function"
    heeds_shape: ClassVar[bool] = True
    numerical: ClassVar[bool] = True
    shows_expected: ClassVar[bool] = True

    function: PythonName = Field(description="Name of the function.")
    cases: tuple[FunctionCase, ...] = Field(default=(), description="Listed calls.")
    given: Given = Field(default={}, description="Inputs drawn for each trial.")
    trials: int = Field(default=20, ge=1, le=1000, description="Number of drawn calls.")
    args: tuple[PythonName, ...] = Field(
        default=(), description="Drawn names in the order of the arguments; by default all."
    )
    forms: Forms = ()

    @model_validator(mode="after")
    def _asks_something(self) -> FunctionCheck:
        if not self.cases and not self.given:
            raise ValueError("this check makes no calls: list `cases`, or draw inputs with `given`")
        require_names(self.args, tuple(self.given), "which `given` does not draw")
        return self

    def written_calls(self) -> Iterator[WrittenCall]:
        """Return the listed calls and the drawn one."""
        yield from written_cases(self.function, self.cases)
        yield from written_draws(self.function, self.args or tuple(self.given), args=self.args)

    def prepare(self, context: CheckContext) -> PreparedCalls:
        """Draw the inputs and ask the reference."""
        tolerance = self.tolerance or context.tolerance
        listed = [
            self._listed_question(context, index, call, tolerance)
            for index, case in enumerate(self.cases)
            for call in in_forms(case.call, self.forms)
        ]
        drawn = self._drawn_questions(context, tolerance)
        return PreparedCalls((*listed, *drawn), tolerance)

    def _listed_question(
        self, context: CheckContext, index: int, call: Call, tolerance: Tolerance
    ) -> Question:
        (question,) = self._ask(context, [call], tolerance)
        case, text = self.cases[index], call_text(self.function, call)
        if not case.is_answered:
            return question
        require_sound(case.expected, tolerance, text)
        require_biting(case.expected, tolerance, text)
        mismatch = compare(question.expected, case.expected, tolerance)
        if mismatch is not None:
            raise CheckError(
                f"The reference disagrees with `cases[{index}]`: {text} {mismatch}. Correct the "
                "listed answer or reference.py, or widen the tolerance."
            )
        return Question(call, case.expected)

    def _drawn_questions(self, context: CheckContext, tolerance: Tolerance) -> list[Question]:
        names = self.args or tuple(self.given)
        drawn = generated_calls(context, self.given, names, self.trials)
        questions = self._ask(
            context, [form for call in drawn for form in in_forms(call, self.forms)], tolerance
        )
        if questions and all(is_vacuous(q.expected, tolerance, q.slack) for q in questions):
            raise CheckError(
                f"The tolerance atol = {tolerance.atol:g} accepts 0 for every drawn call of "
                f"`{self.function}`, such as the one that gives "
                f"{describe(questions[0].expected)}: make it smaller."
            )
        return questions

    def _ask(
        self, context: CheckContext, calls: Sequence[Call], tolerance: Tolerance
    ) -> list[Question]:
        noise = Noise(context, tolerance)
        questions = []
        for call, answer in zip(calls, ask_reference(context, self.function, calls), strict=True):
            text = call_text(self.function, call)
            expected = reference_value(answer, text)
            require_sound(expected, tolerance, text)
            slack = noise.of_call(self.function, call, expected)
            questions.append(Question(call, expected, slack))
        return questions

    def without_listed_answers(self) -> FunctionCheck:
        """Return the check without the listed answers."""
        cases = tuple(FunctionCase(args=case.args, kwargs=case.kwargs) for case in self.cases)
        return self.model_copy(update={"cases": cases})

    def expected_values(self, prepared: PreparedCalls) -> tuple[Value, ...]:
        """Return the right answers."""
        return tuple(question.expected for question in prepared.questions)

    def remark(
        self, prepared: PreparedCalls, answers: Sequence[Answer], failures: Sequence[Failure | None]
    ) -> str:
        """Return how many cases fail, and a factor that explains all of them, if there is one."""
        wrong = sum(failure is not None for failure in failures)
        count = f" {wrong} of {len(failures)} cases fail." if len(failures) > 1 else ""
        values = [each.value for each in answers if isinstance(each, Returned) and not each.changed]
        if len(values) < len(answers):
            return count
        return count + factor_text(values, [each.expected for each in prepared.questions])
