"""A student's object satisfies the author's requirements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import AfterValidator, Field

from grader.checks.base import Check, CheckContext, Expression, Student, Verdict, failed, passed
from grader.checks.cases import PythonName, reference_value
from grader.checks.expressions.assertion import Assertion, readable_assertion
from grader.checks.students.local import LocalStudent
from grader.checks.verdict_text import Failure, failed_by, failure_of, sentence
from grader.checks.yaml_model import Model
from grader.compare import Tolerance, describe
from grader.compare.shapes import as_array, is_sequence, unwrap
from grader.errors import CheckError
from grader.guest.protocol.values import Returned, Value

_COUNTS = {2: "a pair", 3: "a triple"}


class Requirement(Model):
    """A property that the object must have."""

    that: Annotated[str, AfterValidator(readable_assertion)] = Field(
        description="What must hold, in Python: the parts of the object, names of reference.py, "
        "`is_number`, `is_distribution`, `np` and `math`."
    )
    otherwise: str = Field(min_length=1, description="What the student reads if it does not.")


@dataclass(frozen=True, slots=True)
class PreparedWitness:
    """The assertions in order, and the context with the reference, whose names they use."""

    assertions: tuple[Assertion, ...]
    context: CheckContext
    tolerance: Tolerance


class WitnessCheck(Check):
    """An object that the student found has every required property."""

    kind: ClassVar[str] = "witness"
    reads_work: ClassVar[bool] = False
    reads_variable: ClassVar[bool] = True

    witness: PythonName = Field(description="Name of the variable that holds the object.")
    unpack: tuple[PythonName, ...] = Field(
        default=(), description="Names of its parts; by default the variable itself."
    )
    requires: tuple[Requirement, ...] = Field(
        min_length=1, description="What must hold, in order; the first that does not is reported."
    )

    def expressions(self) -> Iterator[Expression]:
        """Return the requirements."""
        names = self.unpack or (self.witness,)
        for index, requirement in enumerate(self.requires):
            yield Expression(("requires", index, "that"), requirement.that, names)

    def prepare(self, context: CheckContext) -> PreparedWitness:
        """Require that the reference's object passes."""
        assertions = tuple(Assertion.read(requirement.that) for requirement in self.requires)
        prepared = PreparedWitness(assertions, context, self.tolerance or context.tolerance)
        value = reference_value(
            LocalStudent(context.reference).get(self.witness), f"`{self.witness}`"
        )
        failure = self._failure(value, prepared)
        if failure is not None:
            raise CheckError(
                f"The reference's `{self.witness}` = {describe(value)} does not pass: "
                f"{failure.message}. Correct the requirement or reference.py."
            )
        return prepared

    def judge(self, prepared: PreparedWitness, student: Student) -> Verdict:
        """Judge the object; the message is about the first requirement that it does not meet."""
        answer = student.get(self.witness)
        if not isinstance(answer, Returned):
            return failed_by(failure_of(answer), self.witness, [answer])
        failure = self._failure(answer.value, prepared)
        if failure is None:
            return passed()
        return failed(
            f"`{self.witness}` = {describe(answer.value)}: {failure.message}.",
            brief=sentence(f"`{self.witness}`: {failure.brief}"),
            evidence=failure.evidence,
        )

    def _failure(self, value: Value, prepared: PreparedWitness) -> Failure | None:
        parts = self._parts(value)
        if parts is None:
            wanted = _COUNTS.get(len(self.unpack), f"a tuple of {len(self.unpack)}")
            brief = f"it is not {wanted}"
            return Failure(f"{brief} (expected {', '.join(self.unpack)})", brief, evidence=(-1,))
        reference = prepared.context.reference
        names = {**reference, "reference": SimpleNamespace(**reference), **parts}
        for index, (assertion, requirement) in enumerate(
            zip(prepared.assertions, self.requires, strict=True)
        ):
            unmet = _unmet(assertion, names, prepared.tolerance)
            if unmet is not None:
                text = requirement.otherwise
                return Failure(f"{text} ({unmet})", text, evidence=(index,))
        return None

    def _parts(self, value: Value) -> dict[str, Value] | None:
        if not self.unpack:
            return {self.witness: _dressed(value)}
        if not is_sequence(value) or len(value) != len(self.unpack):
            return None
        return dict(zip(self.unpack, map(_dressed, value), strict=True))


def _dressed(value: Value) -> Value:
    """Return a list or tuple of numbers as an array, so that every style is judged alike."""
    if isinstance(value, (list, tuple)):
        array = as_array(value)
        return value if array is None else array
    return value if isinstance(value, np.ndarray) and value.ndim else unwrap(value)


def _unmet(assertion: Assertion, names: Mapping[str, Any], tolerance: Tolerance) -> str | None:
    try:
        outcome = assertion.judge(names, tolerance)
    except Exception as error:  # the reference's object passes, so this one is the cause
        return f"`{assertion.text}` raises {type(error).__name__}"
    if outcome.holds:
        return None
    return f"`{assertion.text}` does not hold{outcome.sides}"
