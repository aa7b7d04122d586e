"""A variable agrees with the reference's, or with a listed value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pydantic import Field

from grader.checks.base import Check, CheckContext, Student, Verdict, passed
from grader.checks.bundling import (
    is_small,
    items_from_bundle,
    slack_from_bundle,
    tolerance_from_bundle,
    tolerance_to_bundle,
)
from grader.checks.cases import PythonName, reference_value, require_biting, require_sound
from grader.checks.noise import Noise
from grader.checks.students.coercion import settled
from grader.checks.students.local import LocalStudent
from grader.checks.text.factor import factor_text
from grader.checks.verdict_text import failed_by, failure_of, wrong_answer
from grader.compare import Tolerance, compare
from grader.errors import CheckError
from grader.guest.protocol.values import Returned, Value


@dataclass(frozen=True, slots=True)
class PreparedValue:
    """The expected value, and its slack: its possible rounding error."""

    expected: Value
    tolerance: Tolerance
    slack: Value = None


class ValueCheck(Check):
    """A variable agrees with the reference's, or with the value that the author lists."""

    kind: ClassVar[str] = "value"
    heeds_shape: ClassVar[bool] = True
    evaluates: ClassVar[bool] = False
    reads_work: ClassVar[bool] = False
    reads_variable: ClassVar[bool] = True
    numerical: ClassVar[bool] = True
    shows_expected: ClassVar[bool] = True

    value: PythonName = Field(description="Name of the variable.")
    expected: Any = Field(
        default=None,
        description="A number, text, list or mapping; by default the reference's variable.",
    )

    def prepare(self, context: CheckContext) -> PreparedValue:
        """Read the reference's variable, and compare it with the listed value."""
        tolerance = self.tolerance or context.tolerance
        text = f"`{self.value}`"
        actual = reference_value(LocalStudent(context.reference).get(self.value), text)
        is_listed = "expected" in self.model_fields_set
        expected = self.expected if is_listed else actual
        slack = None if is_listed else Noise(context, tolerance).of_variable(self.value, actual)
        require_sound(expected, tolerance, text)
        require_biting(expected, tolerance, text, slack)
        mismatch = compare(actual, expected, tolerance)
        if mismatch is not None:
            raise CheckError(
                f"The reference disagrees with `expected`: {text} {mismatch}. Correct the listed "
                "answer or reference.py, or widen the tolerance."
            )
        return PreparedValue(expected, tolerance, slack)

    def without_listed_answers(self) -> ValueCheck:
        """Return the check without the listed value."""
        kept = self.model_dump(exclude_unset=True, exclude={"expected"})
        return ValueCheck.model_validate(kept)

    def expected_values(self, prepared: PreparedValue) -> tuple[Value]:
        """Return the expected value."""
        return (prepared.expected,)

    def to_bundle(self, prepared: PreparedValue) -> Value | None:
        """Return the expected value, unless it is too large."""
        if not is_small(prepared.expected):
            return None
        return {
            "expected": prepared.expected,
            "tolerance": tolerance_to_bundle(prepared.tolerance),
            "slack": prepared.slack,
        }

    def from_bundle(self, bundled: Value) -> PreparedValue:
        """Return the bundled value."""
        expected, tolerance, slack = items_from_bundle(
            bundled, "expected", "tolerance", late=["slack"]
        )
        return PreparedValue(
            expected, tolerance_from_bundle(tolerance), slack_from_bundle(slack, expected)
        )

    def judge(self, prepared: PreparedValue, student: Student) -> Verdict:
        """Read the variable and compare."""
        answer = self.in_shape(student.get(self.value), prepared.expected)
        if not isinstance(answer, Returned):
            return failed_by(failure_of(answer), self.value, [answer])
        expected, slack = prepared.expected, prepared.slack
        mismatch = compare(answer.value, expected, prepared.tolerance, slack)
        if mismatch is None:
            return passed()
        return failed_by(
            wrong_answer(answer.value, mismatch, from_call=False),
            self.value,
            [replace(answer, value=settled(answer.value, expected, slack))],
            more=factor_text([answer.value], [expected]),
        )
