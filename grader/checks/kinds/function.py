"""A function agrees with the reference, or with listed answers, on listed and generated inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field, model_validator

from grader.checks.base import Check, CheckContext, Student, Verdict, WrittenCall, failed, passed
from grader.checks.bundling import (
    items_from_bundle,
    questions_from_bundle,
    questions_to_bundle,
    tolerance_from_bundle,
    tolerance_to_bundle,
)
from grader.checks.cases import (
    Case,
    Forms,
    PythonName,
    Question,
    ask_reference,
    generated_calls,
    in_forms,
    judge_answer,
    reference_value,
    require_biting,
    require_sound,
    written_cases,
    written_draws,
)
from grader.checks.noise import Noise
from grader.checks.text.factor import factor_text
from grader.checks.verdict_text import call_text, evidence_of, sentence
from grader.compare import Tolerance, compare, describe, is_vacuous
from grader.errors import CheckError
from grader.guest.protocol.values import Call, Query, Returned, Value
from grader.inputs import Given, require_names


class FunctionCase(Case):
    """One call, and what it should give."""

    expected: Any = Field(
        default=None, description="What a right answer is; the reference's where absent."
    )

    @property
    def is_answered(self) -> bool:
        """Whether the author wrote down an answer, be it None."""
        return "expected" in self.model_fields_set


@dataclass(frozen=True, slots=True)
class PreparedFunction:
    """The calls to ask for, with right answers."""

    questions: tuple[Question, ...]
    tolerance: Tolerance

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls alone."""
        return tuple(question.call for question in self.questions)


class FunctionCheck(Check):
    """A function gives what the reference gives, or what the author lists."""

    kind: ClassVar[str] = "function"
    heeds_shape: ClassVar[bool] = True
    evaluates: ClassVar[bool] = False
    reads_work: ClassVar[bool] = False
    numerical: ClassVar[bool] = True
    shows_expected: ClassVar[bool] = True

    function: PythonName = Field(description="Name of the function.")
    cases: tuple[FunctionCase, ...] = Field(default=(), description="Calls that are listed.")
    given: Given = Field(default={}, description="Inputs that are drawn for each trial.")
    trials: int = Field(default=20, ge=1, le=1000, description="How many calls are drawn.")
    args: tuple[PythonName, ...] = Field(
        default=(), description="Drawn names in the order of the arguments; all where absent."
    )
    forms: Forms = ()

    @property
    def subject(self) -> str:
        """The function."""
        return self.function

    @model_validator(mode="after")
    def _asks_something(self) -> FunctionCheck:
        if not self.cases and not self.given:
            raise ValueError("nothing is asked: list `cases`, or draw inputs with `given`")
        require_names(self.args, tuple(self.given), "which `given` does not draw")
        return self

    def written_calls(self) -> Iterator[WrittenCall]:
        """Return the calls that are listed, and the drawn one."""
        yield from written_cases(self.function, self.cases)
        yield from written_draws(self.function, self.args or tuple(self.given), args=self.args)

    def prepare(self, context: CheckContext) -> PreparedFunction:
        """Draw the inputs, and ask the reference."""
        tolerance = self.tolerance or context.tolerance
        listed = [
            self._listed_question(context, index, call, tolerance)
            for index, case in enumerate(self.cases)
            for call in in_forms(case.call, self.forms)
        ]
        drawn = self._drawn_questions(context, tolerance)
        return PreparedFunction((*listed, *drawn), tolerance)

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

    def queries(self, prepared: PreparedFunction) -> tuple[Query]:
        """Return all calls."""
        return (Query(self.function, prepared.calls),)

    def without_listed_answers(self) -> FunctionCheck:
        """Return the check without the answers that are listed."""
        cases = tuple(FunctionCase(args=case.args, kwargs=case.kwargs) for case in self.cases)
        return self.model_copy(update={"cases": cases})

    def expected_values(self, prepared: PreparedFunction) -> tuple[Value, ...]:
        """Return the right answers."""
        return tuple(question.expected for question in prepared.questions)

    def to_bundle(self, prepared: PreparedFunction) -> Value | None:
        """Return the calls, with right answers, but for those that are too large."""
        questions = questions_to_bundle(prepared.questions)
        if not questions:
            return None
        return {"questions": questions, "tolerance": tolerance_to_bundle(prepared.tolerance)}

    def from_bundle(self, bundled: Value) -> PreparedFunction:
        """Return the calls that were bundled."""
        questions, tolerance = items_from_bundle(bundled, "questions", "tolerance")
        return PreparedFunction(questions_from_bundle(questions), tolerance_from_bundle(tolerance))

    def judge(self, prepared: PreparedFunction, student: Student) -> Verdict:
        """Ask all calls at once; the first wrong answer is the one that is told."""
        questions = prepared.questions
        answers = [
            self.in_shape(answer, question.expected)
            for question, answer in zip(
                questions, student.call(self.function, prepared.calls), strict=True
            )
        ]
        failures = [
            judge_answer(answer, question.expected, prepared.tolerance, question.slack)
            for question, answer in zip(questions, answers, strict=True)
        ]
        wrong = [index for index, failure in enumerate(failures) if failure is not None]
        if not wrong:
            return passed()
        first = failures[wrong[0]]
        assert first is not None
        text = call_text(self.function, questions[wrong[0]].call)
        count = f" {len(wrong)} of {len(failures)} cases fail." if len(failures) > 1 else ""
        values = [each.value for each in answers if isinstance(each, Returned) and not each.changed]
        slip = ""
        if len(values) == len(answers):
            slip = factor_text(values, [question.expected for question in questions])
        return failed(
            f"{sentence(f'{text} {first.message}')}{count}{slip}",
            brief=f"`{self.function}` {first.brief}.",
            evidence=evidence_of([*map(Question.settled, questions, answers)]),
        )
